package faults

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// list is what a request for a page says.
type list struct {
	id     uint64 // the same for all pages of a list
	in, at string // the name of the page's position, empty on the first page, and the position
	first  string // the position of the second page, as far as it was asked for
	size   int    // what is asked for, 0 if nothing is

	query  url.Values
	object map[string]json.RawMessage // the body, if it is JSON
	body   []byte
}

// tokens are the names of positions that the server makes up, with the field in which an answer names the next one unless it
// does so in an address. offsets are those that a client computes, sizes what it is asked for at once.
var (
	tokens  = map[string]string{"nextPageToken": "nextPageToken", "page": "nextPage", "since": ""}
	offsets = []string{"startAt", "offset"}
	sizes   = []string{"maxResults", "limit", "size"}
)

// pages reports whether the rule is about pages.
func (r *Rule) pages() bool {
	switch r.Spoil {
	case SpoilRepeatedToken, SpoilDuplicatedToken, SpoilShortPage, SpoilShrunkList:
		return true
	}
	return false
}

// peek reads what a request says of its page, if a rule asks for that. A body that it reads is in the list then.
func (in *Injector) peek(r *http.Request) (*list, error) {
	if in == nil {
		return nil, nil //nolint:nilnil // there are no rules
	}
	in.mu.Lock()
	wanted := slices.ContainsFunc(in.rules, func(rule *activeRule) bool { return rule.pages() && rule.matches(r) })
	in.mu.Unlock()
	if !wanted {
		return nil, nil //nolint:nilnil // nothing is known, and nothing is wrong
	}
	l := &list{query: r.URL.Query()}
	if r.Body != nil && strings.Contains(r.Header.Get("Content-Type"), "json") {
		var err error
		if l.body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		if json.Unmarshal(l.body, &l.object) != nil {
			l.object = nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tokens)) {
		if at := l.value(name); at != "" && at != "0" {
			l.in, l.at = name, at
		}
	}
	for _, name := range offsets {
		if n, err := strconv.Atoi(l.value(name)); err == nil && n > 0 {
			l.in, l.at = name, strconv.Itoa(n)
		}
	}
	for _, name := range sizes {
		if n, err := strconv.Atoi(l.value(name)); err == nil && n > 0 {
			l.size = n
		}
	}
	query, object := maps.Clone(l.query), maps.Clone(l.object)
	for _, name := range slices.Concat(offsets, slices.Collect(maps.Keys(tokens))) {
		delete(query, name)
		delete(object, name)
	}
	l.id = hash(0, r.Method, r.URL.EscapedPath(), query.Encode(), string(encode(object))) // sorted by name
	return l, nil
}

// value is a parameter of the request, as text.
func (l *list) value(name string) string {
	if value := l.query.Get(name); value != "" {
		return value
	}
	var text string
	var number json.Number
	switch raw := l.object[name]; {
	case json.Unmarshal(raw, &text) == nil:
		return text
	case json.Unmarshal(raw, &number) == nil:
		return number.String()
	}
	return ""
}

// computed reports that the client computes the position of a page.
func (l *list) computed() bool { return slices.Contains(offsets, l.in) }

// able reports whether a rule about pages can do anything to the request, as far as that shows before it is answered.
func (r *Rule) able(l *list) bool {
	switch {
	case !r.pages():
		return true
	case l == nil:
		return false
	case r.Spoil == SpoilShortPage:
		return l.size > 1
	case r.Spoil == SpoilDuplicatedToken && !l.computed():
		return l.in != "" && l.first != "" && l.first != l.at
	}
	return l.in != ""
}

// maxLists bounds the memory.
const maxLists = 1 << 12

// recall tells a list the position of its second page.
func (in *Injector) recall(l *list) {
	if l.in == "" {
		delete(in.second, l.id)
		return
	}
	if in.second[l.id] == "" {
		if in.second == nil || len(in.second) >= maxLists {
			in.second = map[uint64]string{}
		}
		in.second[l.id] = l.at
	}
	l.first = in.second[l.id]
}

// asking returns the request, changed if the fault is to ask for something else.
func (f *fault) asking(r *http.Request) *http.Request {
	l := f.list
	changes := map[string]int{}
	if f.Spoil == SpoilShortPage {
		for _, name := range sizes {
			if n, err := strconv.Atoi(l.value(name)); err == nil && n > 1 {
				changes[name] = n / 2
			}
		}
	} else if l.computed() {
		at, _ := strconv.Atoi(l.at) // peek has looked
		switch {
		case f.Spoil == SpoilShrunkList:
			changes[l.in] = at + 1
		case f.Spoil == SpoilRepeatedToken && l.size > 0:
			changes[l.in] = max(0, at-l.size)
		default:
			changes[l.in] = 0
		}
	}
	if len(changes) == 0 {
		return r
	}
	r = r.Clone(r.Context())
	query, object := maps.Clone(l.query), maps.Clone(l.object)
	body := l.body
	for name, n := range changes {
		if query.Has(name) {
			query.Set(name, strconv.Itoa(n))
			r.URL.RawQuery = query.Encode()
			r.RequestURI = r.URL.RequestURI()
		} else {
			object[name] = encode(n)
			body = encode(object)
		}
	}
	resend(r, body)
	return r
}

// resend gives a request a body that was read, if there was one.
func resend(r *http.Request, body []byte) {
	if body == nil {
		return
	}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// page is an answer with items: the longest array in it.
type page struct {
	top, object map[string]json.RawMessage // the whole, and the part with the items; nil if there is nothing but items
	enveloped   bool
	field       string
	items       []json.RawMessage
}

func readPage(body []byte) *page {
	p := &page{}
	if json.Unmarshal(body, &p.items) == nil || json.Unmarshal(body, &p.top) != nil {
		return p
	}
	p.object = p.top
	var data map[string]json.RawMessage
	if json.Unmarshal(p.top["data"], &data) == nil && data != nil { // the envelope of Currents
		p.object, p.enveloped = data, true
	}
	for _, field := range slices.Sorted(maps.Keys(p.object)) {
		var items []json.RawMessage
		if json.Unmarshal(p.object[field], &items) == nil && len(items) > len(p.items) {
			p.field, p.items = field, items
		}
	}
	return p
}

// changed does to an answer what a fault about pages says. It reports whether there was anything to do.
func (f *fault) changed(status int, body []byte) ([]byte, bool) {
	l := f.list
	if status < 200 || status > 299 {
		return body, false
	}
	p := readPage(body)
	switch {
	case f.Spoil == SpoilShortPage:
		return body, len(p.items) > 0 && len(p.items) >= l.size/2
	case f.Spoil == SpoilShrunkList:
		return p.shrunk(l, body)
	case l.computed():
		return body, len(p.items) > 0
	}
	next := l.at
	if f.Spoil == SpoilDuplicatedToken {
		next = l.first
	}
	if !l.name(p.top, next) {
		return body, false
	}
	return encode(p.top), true
}

// shrunk is a page of a list that has lost an item: by position it has been left out already.
func (p *page) shrunk(l *list, body []byte) ([]byte, bool) {
	switch {
	case !l.computed() && len(p.items) == 0:
		return body, false
	case !l.computed():
		p.items = p.items[1:]
	}
	if p.top == nil {
		if l.computed() {
			return body, true
		}
		return encode(p.items), true
	}
	if p.field != "" {
		p.object[p.field] = encode(p.items)
	}
	var total int
	if json.Unmarshal(p.object["total"], &total) == nil && total > 0 {
		p.object["total"] = encode(total - 1)
	}
	if _, told := p.object[l.in]; told && l.computed() {
		p.object[l.in] = json.RawMessage(l.at)
	}
	if p.enveloped {
		p.top["data"] = encode(p.object)
	}
	return encode(p.top), true
}

// name makes an answer name another position as the next one, in a field or in an address.
func (l *list) name(object map[string]json.RawMessage, next string) bool {
	changed := false
	for _, field := range []string{"nextPageToken", "nextPage", "next"} {
		if raw, ok := l.instead(field, object[field], next); ok {
			object[field], changed = raw, true
		}
	}
	for _, field := range []string{"data", "links", "_links"} {
		var inner map[string]json.RawMessage
		if json.Unmarshal(object[field], &inner) == nil && l.name(inner, next) {
			object[field], changed = encode(inner), true
		}
	}
	return changed
}

func (l *list) instead(field string, raw json.RawMessage, next string) (json.RawMessage, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if u, err := url.Parse(text); err == nil && u.Query().Has(l.in) {
			query := u.Query()
			query.Set(l.in, next)
			u.RawQuery = query.Encode()
			return encode(u.String()), u.String() != text
		}
	}
	if len(raw) == 0 || field != tokens[l.in] || string(raw) == "null" || string(raw) == "false" {
		return nil, false
	}
	instead := json.RawMessage(next)
	if raw[0] == '"' {
		instead = encode(next)
	}
	return instead, !bytes.Equal(instead, raw)
}

// encode is for what was decoded, or made here: it cannot fail.
func encode(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
