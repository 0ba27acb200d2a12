package oauth

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// refresh renews a token by its refresh token.
func (c Config) refresh(ctx context.Context, t *Token) (*Token, error) {
	return c.request(ctx, opRefresh, []string{t.RefreshToken()}, func(ctx context.Context, o *oauth2.Config) (*oauth2.Token, error) {
		return o.TokenSource(ctx, &oauth2.Token{RefreshToken: t.RefreshToken()}).Token()
	})
}

// credentials gets a token for the app itself.
func (c Config) credentials(ctx context.Context) (*Token, error) {
	return c.request(ctx, opCredentials, nil, func(ctx context.Context, o *oauth2.Config) (*oauth2.Token, error) {
		cc := clientcredentials.Config{
			ClientID: o.ClientID, ClientSecret: o.ClientSecret, TokenURL: o.Endpoint.TokenURL, AuthStyle: o.Endpoint.AuthStyle,
			Scopes: slices.DeleteFunc(slices.Clone(o.Scopes), func(s string) bool { return s == "offline_access" }), // means a refresh token
		}
		return cc.Token(ctx)
	})
}

// request sends one request for a token, exactly once. secrets are what it holds in confidence besides the client's.
func (c Config) request(ctx context.Context, op string, secrets []string, send func(context.Context, *oauth2.Config) (*oauth2.Token, error)) (*Token, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if ctx == nil {
		return nil, errNoContext
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.Timeout, defaultTimeout))
	defer cancel()
	rt := c.Transport
	if rt == nil {
		own := ownTransport()
		defer own.CloseIdleConnections() // a connection for one request an hour is not kept
		rt = own
	}
	if c.Encoding == JSON {
		rt = jsonTransport{rt}
	}
	told := &statusTransport{next: rt}
	got, err := send(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: told, CheckRedirect: stay}), c.oauth2())
	if err != nil {
		e := failure(op, err, c.scrubber(secrets))
		if e.Status = told.status; ctx.Err() != nil {
			e.cause = ctx.Err() // x/oauth2 does not pass on the error of reading a body
		}
		return nil, e
	}
	now := time.Now()
	if !got.Expiry.After(now) {
		got.Expiry = time.Time{} // an expires_in that is none
	}
	scope, _ := got.Extra("scope").(string)
	return &Token{
		access: NewSecret(got.AccessToken), refresh: NewSecret(got.RefreshToken),
		expiry: got.Expiry.Round(0), obtained: now.Round(0), scopes: strings.Fields(scope),
	}, nil
}

// statusTransport remembers the status of an answer, which x/oauth2 does not tell of a success that cannot be read.
type statusTransport struct {
	next   http.RoundTripper
	status int
}

// RoundTrip implements [http.RoundTripper].
func (t *statusTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err == nil && resp != nil { // http.Client makes an error of neither
		t.status = resp.StatusCode
	}
	return resp, err
}

func ownTransport() *http.Transport {
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		return t.Clone()
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment}
}

// stay follows no redirect: a token request holds secrets, and no server has a reason to send it elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// failure turns what x/oauth2 says into an *Error. Its own text may hold the whole answer of the server.
func failure(op string, err error, clean func(string) string) *Error {
	e := &Error{Op: op}
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		e.Code, e.Description = answer.ErrorCode, answer.ErrorDescription
		if answer.Response != nil {
			e.RetryAfter = retryAfter(answer.Response.Header)
		}
		if e.Code == "" {
			e.cause = errors.New("the answer is not the one of an authorization server")
		}
	} else if u, ok := errors.AsType[*url.Error](err); ok {
		e.cause = u.Err
		if text := u.Err.Error(); clean(text) != text { // of a transport that tells what it was given to send
			e.cause = errors.New(clean(text))
		}
	} else if strings.Contains(err.Error(), "access_token") {
		e.cause = errors.New("the answer holds no access token")
	} else {
		e.cause = errors.New("the answer could not be read") // its error may quote the answer
	}
	e.Code, e.Description = clean(e.Code), clean(e.Description)
	return e
}

// scrubber takes out of a text what was sent in confidence, in all the forms in which it was sent.
func (c Config) scrubber(secrets []string) func(string) string {
	secret := c.ClientSecret.Reveal()
	var pairs []string
	hide := func(s string) { pairs = append(pairs, s, hidden) }
	if secret != "" {
		hide(base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(c.ClientID) + ":" + url.QueryEscape(secret))))
	}
	for _, s := range append(secrets, secret) {
		if s == "" {
			continue
		}
		hide(s)
		hide(url.QueryEscape(s))
		if quoted, err := json.Marshal(s); err == nil {
			hide(string(quoted[1 : len(quoted)-1]))
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if n, err := strconv.Atoi(value); err == nil && n > 0 {
		return min(time.Duration(n), 86400) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// jsonTransport sends the form that x/oauth2 has written as a JSON object.
type jsonTransport struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t jsonTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	form, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(form))
	if err != nil {
		return nil, errors.New("the token request could not be written as JSON")
	}
	object := make(map[string]string, len(values))
	for name := range values {
		object[name] = values.Get(name)
	}
	body, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("write the token request: %w", err)
	}
	again := req.Clone(req.Context())
	again.Header.Set("Content-Type", "application/json")
	again.Header.Set("Accept", "application/json")
	again.ContentLength = int64(len(body))
	again.Body = io.NopCloser(bytes.NewReader(body))
	again.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return t.next.RoundTrip(again)
}
