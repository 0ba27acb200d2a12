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
	"strings"

	"github.com/jira-integrations/go-sdk/client"
)

type header struct{ name, value string }

// caller sends requests with the headers of a context, and reads answers as this service means them.
type caller struct {
	*client.Client

	headers []header
}

// Do is [client.Client.Do] for this service. A header that r has already stays.
func (c *caller) Do(ctx context.Context, r *client.Request, out any) error {
	r = r.Clone()
	for _, h := range c.headers {
		r.RequireHeader(h.name, h.value)
	}
	switch out.(type) {
	case io.Writer, client.BodyDecoder: // reads by itself
	default:
		out = &answer{out}
	}
	err := c.Client.Do(ctx, r, out)
	if e, ok := errors.AsType[*client.Error](err); ok {
		var content any
		told := e.Status >= http.StatusMultipleChoices && json.Unmarshal(e.Body, &content) == nil && rejected(content, nil)
		if told || slices.ContainsFunc(e.Messages, rejection.MatchString) {
			return e.Unauthorized()
		}
	}
	return err
}

// rejection is how the service says that it does not accept the API key, with any status.
var rejection = regexp.MustCompile(`(?i)\bCO\.INVALID_API_KEY\b|\binvalid api ?key\b|\bsession (has |is )?(been )?expired\b`)

// Where a success may say so; other properties are what was asked for. What is listed tells by its code alone.
var (
	codes        = []string{"code", "errorCode"}
	explanations = append([]string{"message", "error", "errorMessage", "errorMessages", "errors"}, codes...)
)

// rejected looks for a rejection in the properties of these names; nil is all.
func rejected(content any, names []string) bool {
	switch content := content.(type) {
	case string:
		return rejection.MatchString(content)
	case []any:
		if names != nil {
			names = codes
		}
		return slices.ContainsFunc(content, func(item any) bool { return rejected(item, names) })
	case map[string]any:
		for name, value := range content {
			if name == "errors" && rejected(value, nil) || (names == nil || slices.Contains(names, name)) && rejected(value, names) {
				return true
			}
		}
	}
	return false
}

// answer decodes a success, if it is one inside too.
type answer struct{ out any }

// DecodeBody implements [client.BodyDecoder].
func (a *answer) DecodeBody(body []byte, done func()) error {
	defer done()
	body = bytes.TrimSpace(body)
	if e := failure(body); e != nil {
		return e
	}
	switch {
	case a.out == nil && !bytes.HasPrefix(body, []byte("<")): // no page that says who knows what
		return nil
	case string(body) == "null":
		return errors.New("it is empty")
	}
	err := client.Unmarshal(body, a.out)
	// What is no answer may be an explanation.
	if e := client.ErrorFrom(http.StatusOK, body); err != nil && (len(e.Messages) > 0 || len(e.Fields) > 0 || e.Code != "") {
		e.Messages = append(e.Messages, client.Misfit(err).Error())
		return e
	}
	return err
}

// failure is what a success tells of a failure inside; nil when it tells of none.
func failure(body []byte) *client.Error {
	var content any
	if json.Unmarshal(body, &content) != nil {
		return nil //nolint:nilerr // decoding it tells why
	}
	object, _ := content.(map[string]any)
	status, told := http.StatusOK, ""
	for _, name := range []string{"statusCode", "statusCodeValue"} {
		if value := object[name]; value != nil && value != "" && status/100 == 2 {
			text, _ := json.Marshal(value)
			told = strings.Trim(string(text), `"`)
			status = client.StatusFrom(told)
		}
	}
	e, names := client.ErrorFrom(status, body), explanations
	switch _, text := object["body"].(string); {
	case status == 0:
		e.Status, names = http.StatusOK, nil
		e.Messages = append(e.Messages, fmt.Sprintf("the answer's own status is %q, which is no known success", told))
	case status/100 != 2:
		names = nil
	case fmt.Sprint(object["success"]) == "false":
		names = nil
		e.Messages = append(e.Messages, "the answer says that it is no success")
	case object["body"] != nil && (!text || told != ""): // without a status a text is what was asked for
		inner, _ := json.Marshal(object["body"])
		if e := failure(inner); e != nil {
			return e
		}
	}
	switch {
	case rejected(content, names):
		return e.Unauthorized()
	case names != nil:
		return nil
	}
	return e
}
