package main

import "crypto/md5"

const cryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// md5Crypt hashes a password as crypt(3) does with "$1$", the form that the firmware puts in its password file.
func md5Crypt(password, salt string) string {
	inner := md5.Sum([]byte(password + salt + password))
	start := []byte(password + "$1$" + salt)
	for i := range len(password) {
		start = append(start, inner[i%16])
	}
	for length := len(password); length > 0; length >>= 1 {
		if length&1 == 1 {
			start = append(start, 0)
		} else {
			start = append(start, password[0])
		}
	}
	sum := md5.Sum(start)
	for round := range 1000 {
		var mixed []byte
		first, last := sum[:], []byte(password)
		if round%2 == 1 {
			first, last = last, first
		}
		mixed = append(mixed, first...)
		if round%3 != 0 {
			mixed = append(mixed, salt...)
		}
		if round%7 != 0 {
			mixed = append(mixed, password...)
		}
		sum = md5.Sum(append(mixed, last...))
	}
	hash := "$1$" + salt + "$"
	for _, triple := range [][3]int{{0, 6, 12}, {1, 7, 13}, {2, 8, 14}, {3, 9, 15}, {4, 10, 5}} {
		hash += cryptDigits(uint(sum[triple[0]])<<16|uint(sum[triple[1]])<<8|uint(sum[triple[2]]), 4)
	}
	return hash + cryptDigits(uint(sum[11]), 2)
}

func cryptDigits(value uint, count int) (digits string) {
	for range count {
		digits += string(cryptAlphabet[value&63])
		value >>= 6
	}
	return digits
}
