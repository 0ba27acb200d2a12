package oauth

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
)

// vault turns tokens into bytes and back, encrypted when it has a key.
type vault struct {
	grant string // tells the tokens of one place from each other
	aead  cipher.AEAD
	err   error
}

func newVault(grant string, opts []StoreOption) vault {
	v := vault{grant: grant}
	for _, opt := range opts {
		if opt != nil {
			opt(&v)
		}
	}
	return v
}

func (v *vault) lock(key []byte) {
	if len(key) != 32 {
		v.err = fmt.Errorf("oauth: WithKey: the key has %d bytes, it must have 32", len(key))
		return
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		v.err = err
		return
	}
	v.aead, v.err = cipher.NewGCMWithRandomNonce(block)
}

// sealed is an encrypted token as it is written down.
type sealed struct {
	Sealed []byte `json:"sealed"` // nonce, ciphertext, tag
}

// purpose keeps a ciphertext of another use of the same key, and of another grant, from being taken for the token.
func (v vault) purpose() []byte {
	return []byte("github.com/jira-integrations/go-sdk/client/oauth token v1 " + v.grant)
}

func (v vault) seal(t *Token) ([]byte, error) {
	if v.err != nil {
		return nil, v.err
	}
	if v.aead == nil {
		return t.Encode(), nil
	}
	return json.Marshal(sealed{v.aead.Seal(nil, nil, t.Encode(), v.purpose())}) //nolint:gosec // the AEAD makes its own nonce
}

func (v vault) open(b []byte) (*Token, error) {
	if v.err != nil {
		return nil, v.err
	}
	var s sealed
	encrypted := json.Unmarshal(b, &s) == nil && len(s.Sealed) > 0
	switch {
	case v.aead == nil && encrypted:
		return nil, fmt.Errorf("%w: it is encrypted, give the key by WithKey", ErrCorrupt)
	case v.aead == nil:
		return DecodeToken(b)
	case !encrypted:
		if _, err := DecodeToken(b); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: it is not encrypted though there is a key", ErrCorrupt)
	}
	plain, err := v.aead.Open(nil, nil, s.Sealed, v.purpose())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, errors.New("the key does not open it"))
	}
	return DecodeToken(plain)
}
