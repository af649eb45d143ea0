package main

import (
	"fmt"
	"strings"
)

func line(w int, name string, cents int) {
	fmt.Printf("%s%*s\n", name, w-len(name), fmt.Sprintf("%d.%02d", cents/100, cents%100))
}

func main() {
	var w, n, total int
	fmt.Scan(&w, &n)
	for i := 0; i < n; i++ {
		var name string
		var cents int
		fmt.Scan(&name, &cents)
		total += cents
		line(w, name, cents)
	}
	fmt.Println(strings.Repeat("-", w))
	line(w, "TOTAL", total)
}
