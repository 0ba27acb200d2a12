//go:build !unix

package oauth

// noFollow is for systems on which links need a privilege.
const noFollow = 0
