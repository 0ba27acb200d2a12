package currentstest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jira-integrations/go-sdk/client/currents"
	"github.com/jira-integrations/go-sdk/internal/fake"
)

const (
	maxLimit             = 100
	defaultCursorLimit   = 10
	defaultDiscoverLimit = 50
)

// limitOf reads the limit parameter.
func limitOf(q url.Values, unset int) (int, error) {
	if !q.Has("limit") {
		return unset, nil
	}
	n, err := strconv.Atoi(q.Get("limit"))
	if err != nil || n < 1 || n > maxLimit {
		return 0, fmt.Errorf("limit must be a number from 1 to %d, not %q", maxLimit, q.Get("limit"))
	}
	return n, nil
}

// cursorList answers one page of all, the newest item first, as starting_after, ending_before and limit say.
func cursorList[T any](w http.ResponseWriter, r *http.Request, all []T, cursor func(T) string, encode func(T) any) {
	q := r.URL.Query()
	limit, err := limitOf(q, defaultCursorLimit)
	if err != nil {
		badRequest(w, r, "%v", err)
		return
	}
	find := func(param string) int {
		return slices.IndexFunc(all, func(item T) bool { return cursor(item) == q.Get(param) })
	}
	var page []T
	more := false
	switch {
	case q.Has("starting_after") && q.Has("ending_before"):
		badRequest(w, r, "starting_after and ending_before are mutually exclusive")
		return
	case q.Has("ending_before"):
		at := find("ending_before")
		if at < 0 {
			badRequest(w, r, "ending_before is not the cursor of an item")
			return
		}
		from := max(0, at-limit)
		page, more = all[from:at], from > 0
	default:
		from := 0
		if q.Has("starting_after") {
			at := find("starting_after")
			if at < 0 {
				badRequest(w, r, "starting_after is not the cursor of an item")
				return
			}
			from = at + 1
		}
		to := min(len(all), from+limit)
		page, more = all[from:to], to < len(all)
	}
	data := make([]any, len(page))
	for i, item := range page {
		data[i] = encode(item)
	}
	fake.WriteJSON(w, http.StatusOK, map[string]any{"status": "OK", "has_more": more, "data": data})
}

// numberedList answers one page of all, as page and limit say.
func numberedList[T any](w http.ResponseWriter, r *http.Request, all []T) {
	q := r.URL.Query()
	limit, err := limitOf(q, defaultDiscoverLimit)
	if err != nil {
		badRequest(w, r, "%v", err)
		return
	}
	page := 0
	if q.Has("page") {
		if page, err = strconv.Atoi(q.Get("page")); err != nil || page < 0 {
			badRequest(w, r, "page must be a number from 0, not %q", q.Get("page"))
			return
		}
	}
	from := min(len(all), page*limit)
	to := min(len(all), from+limit)
	list := append([]T{}, all[from:to]...) // an empty list, never null
	next := currents.NextPage(0)
	if to < len(all) {
		next = currents.NextPage(page + 1)
	}
	ok(w, http.StatusOK, map[string]any{"list": list, "count": len(list), "total": len(all), "nextPage": next})
}

// cursorOf makes the cursor of the item with an id: opaque, and the same on each call.
func cursorOf(id string) string { return digest(id)[:24] }

// digest is a stable name for parts that belong together.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// period reads date_start and date_end; a missing one is the zero time.
func period(q url.Values) (from, to time.Time, err error) {
	for name, t := range map[string]*time.Time{"date_start": &from, "date_end": &to} {
		if !q.Has(name) {
			continue
		}
		if *t, err = time.Parse(time.RFC3339, q.Get(name)); err != nil {
			return from, to, fmt.Errorf("%s must be an ISO 8601 time, not %q", name, q.Get(name))
		}
	}
	return from, to, nil
}

// within reports whether t lies in the period; a zero bound is open.
func within(t currents.Time, from, to time.Time) bool {
	return (from.IsZero() || !t.Before(from)) && (to.IsZero() || t.Before(to))
}

// checkValues refuses values of a parameter that are not among the allowed ones.
func checkValues(q url.Values, name string, allowed ...string) error {
	for _, v := range q[name] {
		if !slices.Contains(allowed, v) {
			return fmt.Errorf("%s must be one of %s, not %q", name, strings.Join(allowed, ", "), v)
		}
	}
	return nil
}

// anyOf reports whether nothing is wanted or one of the wanted values is there.
func anyOf(wanted []string, have ...string) bool {
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(v string) bool { return slices.Contains(have, v) })
}

// allOf reports whether each of the wanted values is there.
func allOf(wanted, have []string) bool {
	return !slices.ContainsFunc(wanted, func(v string) bool { return !slices.Contains(have, v) })
}

// contains is strings.Contains in any case.
func contains(s, part string) bool {
	return strings.Contains(strings.ToLower(s), strings.ToLower(part))
}
