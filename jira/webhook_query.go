package jira

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Jira signs what it sends to a Connect app with the secret that also signs the tokens in the browsers of the app's users.
// What tells them apart is that a token is bound to one request, by a hash of its method, path and query.

// hashesRequest reports whether hash is that of r. The path counts from the base URL of the app, which may have a path of its
// own: each tail of the path will do.
func hashesRequest(hash string, r *http.Request) bool {
	query := canonicalQuery(r.URL.Query())
	path := strings.TrimRight(r.URL.EscapedPath(), "/")
	for {
		sum := sha256.Sum256([]byte(r.Method + "&" + strings.ReplaceAll("/"+strings.TrimPrefix(path, "/"), "&", "%26") + "&" + query))
		if hmac.Equal([]byte(hash), []byte(hex.EncodeToString(sum[:]))) {
			return true
		}
		if path == "" {
			return false
		}
		if _, rest, ok := strings.Cut(path[1:], "/"); ok {
			path = "/" + rest
		} else {
			path = ""
		}
	}
}

// canonicalQuery sorts the parameters and escapes them as RFC 3986 has it; the values of a repeated one are joined by commas.
func canonicalQuery(query url.Values) string {
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if name == "jwt" {
			continue
		}
		values := make([]string, 0, len(query[name]))
		for _, v := range slices.Sorted(slices.Values(query[name])) {
			values = append(values, escape(v))
		}
		parts = append(parts, escape(name)+"="+strings.Join(values, ","))
	}
	return strings.Join(parts, "&")
}
