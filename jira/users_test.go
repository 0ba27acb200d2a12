package jira_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/jira-integrations/go-sdk/jira"
)

// Atlassian describes the answer as one address although it can be asked for many.
func TestEmails(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]map[string]string{
		`{"accountId":"a","email":"a@acme.example"}`:                                           {"a": "a@acme.example"},
		`[{"accountId":"a","email":"a@acme.example"},{"accountId":"b","email":"b@b.example"}]`: {"a": "a@acme.example", "b": "b@b.example"},
		`[]`: {},
	} {
		got, err := answering(t, http.StatusOK, body).Users.Emails(t.Context(), []string{"a", "b"})
		if diff := gocmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", body, err, diff)
		}
	}
	if got, err := answering(t, http.StatusOK, `"a@acme.example"`).Users.Emails(t.Context(), []string{"a"}); err == nil {
		t.Errorf("text was read as %v", got)
	}
}

// crowd answers with users by number, those of a window that keep lets through, in pages of at most limit.
func crowd(n, unset, limit int, keep func(int) bool, envelope bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		start, _ := strconv.Atoi(q.Get("startAt"))
		size, _ := strconv.Atoi(cmp.Or(q.Get("maxResults"), q.Get("maxResult")))
		size = min(cmp.Or(size, unset), limit)
		users := []jira.User{}
		for i := start; i < min(start+size, n); i++ {
			if keep(i) {
				users = append(users, jira.User{AccountID: strconv.Itoa(i)})
			}
		}
		var answer any = users
		if envelope {
			answer = map[string]any{"values": users, "startAt": start, "maxResults": size, "total": len(users), "isLast": start+size >= n}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// Nobody is lost and nobody comes twice, whatever the size of the pages and whoever is left out of them.
func TestListsOfUsers(t *testing.T) {
	t.Parallel()
	everyThird := func(i int) bool { return i%3 == 0 }
	late := func(i int) bool { return i >= 640 }
	for _, size := range []int{0, 1, 7, 100, 5000} {
		for name, keep := range map[string]func(int) bool{"every third": everyThird, "late": late} {
			t.Run(fmt.Sprintf("%s, %d", name, size), func(t *testing.T) {
				t.Parallel()
				var want []string
				for i := range 700 {
					if keep(i) {
						want = append(want, strconv.Itoa(i))
					}
				}
				jc, _ := serve(t, crowd(700, 100, 1000, keep, true))
				users := must(items(jc.Users.Query(t.Context(), "is assignee of WEB", &jira.FindUsersByQueryParams{MaxResults: size})))(t)
				if diff := gocmp.Diff(want, names(users, pointerID)); diff != "" {
					t.Errorf("users (-want +got):\n%s", diff)
				}
				ids := must(items(jc.Users.QueryIDs(t.Context(), "is assignee of WEB", &jira.FindUserKeysByQueryParams{MaxResults: size})))(t)
				if diff := gocmp.Diff(want, ids); diff != "" {
					t.Errorf("ids (-want +got):\n%s", diff)
				}
			})
		}
		t.Run(fmt.Sprintf("all, %d", size), func(t *testing.T) {
			t.Parallel()
			// More than the thousand at which searches end, and pages that come short.
			jc, _ := serve(t, crowd(1700, 50, 1000, func(i int) bool { return i%5 != 4 || size == 1 }, false))
			want := 1360
			if size == 1 { // a page without anybody would be the end
				want = 1700
			}
			users := must(items(jc.Users.List(t.Context(), &jira.GetAllUsersParams{MaxResults: size})))(t)
			if len(users) != want || users[want-1].AccountID < "1698" {
				t.Errorf("%d users, want %d", len(users), want)
			}
		})
	}
}
