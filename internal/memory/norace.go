//go:build !race

package memory

// Raced says that the race detector is on.
const Raced = false
