// Package adfcheck checks package adf against the official schema of the Atlassian Document Format and the examples of the
// CommonMark specification. It has tests only.
package adfcheck
