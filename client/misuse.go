package client

import (
	"context"
	"errors"
	"reflect"
)

var errNoContext = errors.New("the context is nil: pass context.Background() if there is no other")

// misuse explains what is wrong with a call before anything is sent: what was forgotten would be a panic further down, or
// would come to light when the request has taken effect already.
func (c *Client) misuse(ctx context.Context, r *Request, out any) error {
	switch {
	case c == nil || c.http == nil:
		return errors.New("the client was not made by New: a zero Client reaches no API")
	case r.method == "":
		return errors.New("the request was not made by NewRequest")
	case ctx == nil:
		return errNoContext
	case r.err != nil:
		return r.err
	}
	if out == nil {
		return nil
	}
	if isNil(out) {
		return errors.New("the answer has nowhere to go, the pointer for it is nil: pass the address of a value, or nil to ignore the answer")
	}
	switch out.(type) {
	case bodyWriter, BodyDecoder:
		return nil
	}
	if reflect.TypeOf(out).Kind() != reflect.Pointer {
		return errors.New("the answer has nowhere to go, a value was passed for it: pass its address")
	}
	return nil
}

// isNil reports whether there is nothing in v, or a pointer that points nowhere.
func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return !r.IsValid() || r.Kind() == reflect.Pointer && r.IsNil()
}

// listMisuse explains why a list cannot be read.
func (c *Client) listMisuse(ctx context.Context, noFetch bool) error {
	if noFetch {
		return errors.New("there is no function to fetch a page")
	}
	return c.misuse(ctx, &Request{method: "GET"}, nil)
}
