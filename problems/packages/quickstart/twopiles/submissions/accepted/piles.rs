use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().map(|t| t.parse().unwrap()).collect();
    println!("{} {}", numbers[0] + numbers[1], (numbers[0] - numbers[1]).abs());
}
