//go:build unix

package oauth

import "syscall"

// noFollow makes it an error to open a symbolic link, also one that was put in place after somebody looked.
const noFollow = syscall.O_NOFOLLOW
