package main

import "fmt"

func main() {
	var a, b int64
	fmt.Scan(&a, &b)
	d := a - b
	if d < 0 {
		d = -d
	}
	fmt.Println(a+b, d)
}
