package faults

import (
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
)

// list is what a request for a page says.
type list struct {
	id    uint64 // the same for all pages of a list
	token map[string]string
	body  []byte
}

// tokens are the names under which a position is sent, and under which an answer names the next one.
var tokens = map[string]string{"nextPageToken": "nextPageToken", "page": "nextPage"}

// sizes are the names under which the size of a page is asked for.
var sizes = []string{"maxResults", "limit"}

// pages reports whether the fault is about pages.
func (f *fault) pages() bool {
	return f.Spoil == SpoilRepeatedToken || f.Spoil == SpoilDuplicatedToken || f.Spoil == SpoilShortPage
}

// request reads a request whose body has been read, and asks for less in it if that is the fault.
func (f *fault) request(req *http.Request, body []byte) *list {
	l := &list{token: map[string]string{}, body: body}
	query := req.URL.Query()
	object := map[string]json.RawMessage{}
	if json.Unmarshal(body, &object) != nil {
		object = nil
	}
	for in := range tokens {
		if token := query.Get(in); token != "" {
			l.token[in] = token
		}
		var token string
		if json.Unmarshal(object[in], &token) == nil && token != "" {
			l.token[in] = token
		}
	}
	l.id = identify(req, query, object)
	if f.Spoil != SpoilShortPage {
		return l
	}
	changed := false
	for _, name := range sizes {
		if n, ok := half(query.Get(name)); ok {
			query.Set(name, n)
			req.URL.RawQuery = query.Encode()
		}
		if n, ok := half(string(object[name])); ok {
			object[name], changed = json.RawMessage(n), true
		}
	}
	if changed {
		if data, err := json.Marshal(object); err == nil {
			l.body = data
		}
	}
	return l
}

// half is half of a number, if it is one and can be halved.
func half(s string) (string, bool) {
	var n int
	if json.Unmarshal([]byte(s), &n) != nil || n < 2 {
		return "", false
	}
	data, err := json.Marshal(n / 2)
	return string(data), err == nil
}

// identify hashes what all pages of a list have in common.
func identify(req *http.Request, query url.Values, object map[string]json.RawMessage) uint64 {
	common := url.Values{}
	for name, values := range query {
		if _, is := tokens[name]; !is {
			common[name] = values
		}
	}
	rest := map[string]json.RawMessage{}
	for name, value := range object {
		if _, is := tokens[name]; !is {
			rest[name] = value
		}
	}
	data, err := json.Marshal(rest) // sorted by name
	if err != nil {
		data = nil
	}
	return hash(0, req.Method, req.URL.EscapedPath(), common.Encode(), string(data))
}

// answer names another next page in an answer, if that is the fault.
func (f *fault) answer(l *list, body []byte) []byte {
	if f.Spoil == SpoilShortPage {
		return body
	}
	var top map[string]json.RawMessage
	if json.Unmarshal(body, &top) != nil {
		return body
	}
	object := top
	var data map[string]json.RawMessage
	if json.Unmarshal(top["data"], &data) == nil && data != nil { // the envelope of Currents
		object = data
	}
	for in, out := range tokens {
		next, there := object[out]
		if !there || string(next) == "null" || string(next) == "false" {
			continue
		}
		if f.Spoil == SpoilDuplicatedToken {
			object[out] = f.given.again(l.id, l.token[in], next)
		} else if token, ok := l.token[in]; ok {
			object[out] = like(next, token)
		}
	}
	if data != nil {
		inner, err := json.Marshal(data)
		if err != nil {
			return body
		}
		top["data"] = inner
	}
	changed, err := json.Marshal(top)
	if err != nil {
		return body
	}
	return changed
}

// like writes a token as a string or a number, as the other one is.
func like(other json.RawMessage, token string) json.RawMessage {
	if len(other) > 0 && other[0] != '"' {
		return json.RawMessage(token)
	}
	data, err := json.Marshal(token)
	if err != nil {
		return other
	}
	return data
}

// givenTokens remembers one token for each list.
type givenTokens struct {
	mu    sync.Mutex
	first map[uint64]json.RawMessage
}

// maxLists bounds the memory.
const maxLists = 1 << 12

// again returns the token that the first page of a list gave, unless that is where the client is. On the first page there
// is nothing to repeat: its token is remembered.
func (g *givenTokens) again(id uint64, at string, next json.RawMessage) json.RawMessage {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at != "" {
		if given, ok := g.first[id]; ok && string(given) != string(like(given, at)) {
			return given
		}
		return next
	}
	if g.first == nil || len(g.first) >= maxLists {
		g.first = map[uint64]json.RawMessage{}
	}
	g.first[id] = next
	return next
}
