package client

import (
	"context"
	"errors"
	"reflect"
)

// misuse explains what is wrong with a call before anything is sent: what was forgotten would be a panic further down, or
// would come to light when the request has taken effect already.
func (c *Client) misuse(ctx context.Context, r *Request, out any) error {
	switch {
	case c == nil || c.http == nil:
		return errors.New("the client was not made by New: a zero Client reaches no API")
	case r.method == "":
		return errors.New("the request was not made by NewRequest")
	case ctx == nil:
		return errors.New("the context is nil: pass context.Background() if there is no other")
	case r.err != nil:
		return r.err
	}
	if out == nil {
		return nil
	}
	if v := reflect.ValueOf(out); v.Kind() == reflect.Pointer && v.IsNil() {
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

// missing explains why a list cannot be read.
func missing(ctx context.Context, c *Client, op string) *Error {
	if err := c.misuse(ctx, &Request{method: "GET"}, nil); err != nil {
		return Invalid(op, "%w", err)
	}
	return Invalid(op, "there is no function to fetch a page")
}
