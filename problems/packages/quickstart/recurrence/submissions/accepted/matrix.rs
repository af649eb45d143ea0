use std::io::{self, Read};

type Matrix = [[u64; 2]; 2];

fn product(p: &Matrix, q: &Matrix, m: u64) -> Matrix {
    let mut result = [[0; 2]; 2];
    for i in 0..2 {
        for j in 0..2 {
            result[i][j] = (p[i][0] * q[0][j] + p[i][1] * q[1][j]) % m;
        }
    }
    result
}

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let v: Vec<u64> = text.split_whitespace().map(|t| t.parse().unwrap()).collect();
    let (x0, x1, a, b, m, mut n) = (v[0], v[1], v[2], v[3], v[4], v[5]);
    let mut power = [[1 % m, 0], [0, 1 % m]];
    let mut square = [[a, b], [1 % m, 0]];
    while n > 0 {
        if n % 2 == 1 {
            power = product(&power, &square, m);
        }
        square = product(&square, &square, m);
        n /= 2;
    }
    println!("{}", (power[1][0] * x1 + power[1][1] * x0) % m);
}
