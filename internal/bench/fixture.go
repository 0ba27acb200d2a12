package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// issueTemplate is an issue as Jira Cloud sends it, with blanks for what differs between issues.
//
//go:embed issue.json
var issueTemplate []byte

const (
	pageSize = 100
	firstID  = 100_000 // ids have six digits, so that all pages are of one size
	pointsID = "customfield_10016"
)

// fixture makes issues. Apart from its id an issue depends on its place in the page only.
type fixture struct {
	issues [pageSize][]string // the JSON of an issue, cut where the id stands
}

func newFixture() *fixture {
	var compact bytes.Buffer
	if err := json.Compact(&compact, quoteBlanks(issueTemplate)); err != nil {
		panic("issue.json: " + err.Error())
	}
	statuses := []string{"To Do", "In Progress", "In Review"}
	f := new(fixture)
	for n := range f.issues {
		version := ""
		if n%2 == 0 {
			version = `{"self":"https://shop.atlassian.net/rest/api/3/version/10300","id":"10300","name":"2026.3",` +
				`"archived":false,"released":false}`
		}
		issue := strings.NewReplacer(
			`"{{points}}"`, strconv.Itoa(n%8+1)+".0",
			`"{{version}}"`, version,
			"{{user}}", fmt.Sprintf("%02d", n%20),
			"{{status}}", statuses[n%len(statuses)],
			"{{summary}}", fmt.Sprintf("Cart total is wrong after removing a coupon, case %02d", n),
		).Replace(compact.String())
		f.issues[n] = strings.Split(issue, "{{id}}")
	}
	return f
}

// quoteBlanks makes the blanks that stand for whole values valid JSON.
func quoteBlanks(template []byte) []byte {
	for _, blank := range []string{"{{points}}", "{{version}}"} {
		template = bytes.ReplaceAll(template, []byte(blank), []byte(`"`+blank+`"`))
	}
	return template
}

// appendIssue appends the n-th issue of the site to b.
func (f *fixture) appendIssue(b []byte, n int) []byte {
	for i, part := range f.issues[n%pageSize] {
		if i > 0 {
			b = strconv.AppendInt(b, int64(firstID+n), 10)
		}
		b = append(b, part...)
	}
	return b
}

// appendPage appends the page that begins with issue number at, of a site with total issues.
func (f *fixture) appendPage(b []byte, at, total int) []byte {
	end := min(at+pageSize, total)
	b = append(b, `{"issues":[`...)
	for n := at; n < end; n++ {
		if n > at {
			b = append(b, ',')
		}
		b = f.appendIssue(b, n)
	}
	b = append(b, ']')
	if end < total {
		b = fmt.Appendf(b, `,"nextPageToken":"Ckt-%d","isLast":false}`, end)
	} else {
		b = append(b, `,"isLast":true}`...)
	}
	return b
}
