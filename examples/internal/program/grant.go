package program

import (
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/jira-integrations/go-sdk/client/oauth"
)

// TokenStore returns the file that keeps the token of an OAuth 2.0 login, and the store that it is: the one that -token
// names, or the one in the user's configuration that all programs share. OAUTH_TOKEN_KEY, 64 hexadecimal digits, encrypts it.
func TokenStore(name string, env func(string) string) (string, oauth.Store, error) {
	if name == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return "", nil, Usagef("name the file that keeps the token by -token: %w", err)
		}
		name = filepath.Join(dir, "oauth-login", "oauth-login.token.json")
	}
	var opts []oauth.StoreOption
	if digits := env("OAUTH_TOKEN_KEY"); digits != "" {
		key, err := hex.DecodeString(digits)
		if err != nil || len(key) != 32 {
			return "", nil, Usagef("OAUTH_TOKEN_KEY: give 64 hexadecimal digits, as openssl rand -hex 32 makes them")
		}
		opts = append(opts, oauth.WithKey(key))
	}
	return name, oauth.FileStore(name, opts...), nil
}
