package qmetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

type header struct{ name, value string }

// caller sends requests with the headers of a context, and reads answers as this service means them.
type caller struct {
	*client.Client

	headers []header
}

// Do is [client.Client.Do] for this service.
func (c *caller) Do(ctx context.Context, r *client.Request, out any) error {
	for _, h := range c.headers {
		r.RequireHeader(h.name, h.value)
	}
	switch out.(type) {
	case io.Writer, client.BodyDecoder: // reads by itself
	default:
		out = &answer{out}
	}
	err := c.Client.Do(ctx, r, out)
	if e, ok := errors.AsType[*client.Error](err); ok && rejected(e) {
		return e.Unauthorized()
	}
	return err
}

// rejection is how the service says that it does not accept the API key, with any status.
var rejection = regexp.MustCompile(`(?i)\binvalid api ?key\b|\bsession (has |is )?(been )?expired\b`)

const invalidKey = "CO.INVALID_API_KEY"

func rejected(e *client.Error) bool {
	return strings.EqualFold(e.Code, invalidKey) || slices.ContainsFunc(e.Messages, rejection.MatchString)
}

// answer decodes a success, if it is one inside too.
type answer struct{ out any }

// DecodeBody implements [client.BodyDecoder].
func (a *answer) DecodeBody(body []byte, done func()) error {
	defer done()
	if e := failure(body); e != nil {
		return e
	}
	if string(bytes.TrimSpace(body)) == "null" {
		return errors.New("it is empty")
	}
	if a.out == nil {
		return nil
	}
	err := client.Unmarshal(body, a.out)
	if err == nil {
		return nil
	}
	// What is no answer may be an explanation.
	if e := client.ErrorFrom(http.StatusOK, body); len(e.Messages) > 0 {
		e.Messages = append(e.Messages, err.Error())
		return e
	}
	return err
}

// failure is what a success tells of a failure inside; nil when it tells of none.
func failure(body []byte) *client.Error {
	var entity struct {
		StatusCode ID              `json:"statusCode"`
		Body       json.RawMessage `json:"body"`
	}
	if json.Unmarshal(body, &entity) != nil {
		return nil //nolint:nilerr // decoding it tells why, if it should have been an object
	}
	if entity.StatusCode == "" {
		entity.StatusCode = "200"
	}
	status := innerStatus(string(entity.StatusCode))
	e := client.ErrorFrom(status, body)
	if inner := client.ErrorFrom(status, entity.Body); len(inner.Messages) > 0 || inner.Code != "" {
		e = inner
	}
	switch {
	case status == 0:
		e.Status = http.StatusOK
		e.Messages = append(e.Messages, fmt.Sprintf("the answer's own status is %q, which is no known success", entity.StatusCode))
	case status >= 200 && status < 300 && !rejected(e):
		return nil
	}
	return e
}

// innerStatus reads a status inside of an answer: 401, "401", "401 UNAUTHORIZED", "UNAUTHORIZED". It is 0 for any other.
func innerStatus(s string) int {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	if n, err := strconv.Atoi(word); err == nil {
		return max(n, 0)
	}
	name := strings.NewReplacer("_", " ", "-", " ").Replace(strings.TrimSpace(s))
	for n := 200; n < 600; n++ {
		if text := http.StatusText(n); text != "" && strings.EqualFold(strings.ReplaceAll(text, "-", " "), name) {
			return n
		}
	}
	if strings.EqualFold(name, "success") {
		return http.StatusOK
	}
	return 0
}
