// Package licences holds a test and no code: it lists the licences of what the library depends on.
package licences
