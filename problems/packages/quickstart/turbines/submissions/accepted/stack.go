package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Split(bufio.ScanWords)
	next := func() int {
		in.Scan()
		value, _ := strconv.Atoi(in.Text())
		return value
	}
	n := next()
	heights := make([]int, n)
	var waiting []int
	total := 0
	for j := range heights {
		heights[j] = next()
		for len(waiting) > 0 && heights[waiting[len(waiting)-1]] < heights[j] {
			total += j - waiting[len(waiting)-1]
			waiting = waiting[:len(waiting)-1]
		}
		waiting = append(waiting, j)
	}
	fmt.Println(total)
}
