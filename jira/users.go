package jira

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/jira-integrations/go-sdk/client"
)

// List iterates over all users of the site, inactive ones, apps and deleted accounts too. The caller needs the permission
// to browse users and groups. A site may have very many of them: a MaxResults of 1,000 saves requests.
//
// GET /rest/api/3/users/search, one request per page.
//
// Errors: [client.ErrInvalid], [client.ErrForbidden], [client.ErrConflict] when the site takes longer than ten seconds.
func (s *UsersService) List(ctx context.Context, params *GetAllUsersParams) iter.Seq2[*User, error] {
	const unset, limit = 50, 1000 // of a page
	var p GetAllUsersParams
	if params != nil {
		p = *params
	}
	return client.Iterate(ctx, (*service)(s).api(), "Users.List", p.StartAt, func(ctx context.Context, at int) (client.Page[*User, int], error) {
		p := p
		p.StartAt = at
		page, err := s.ListPage(ctx, &p)
		if err != nil {
			return client.Page[*User, int]{}, err
		}
		// A page may come short, as everywhere among users: only an empty one is the end.
		size := min(cmp.Or(p.MaxResults, unset), limit)
		return client.Page[*User, int]{Items: client.Pointers(page), Next: at + size, More: len(page) > 0}, nil
	})
}

// Query iterates over users by what they have to do with issues. A statement is "is assignee of WEB" (a project) or
// "is assignee of (WEB-1, WEB-2)" (issues), with assignee, reporter, watcher, voter, commenter or transitioner, or
// `[property].path.in.it is "value"` for a property of the user; AND and OR combine statements. Jira looks at the first
// 1,000 users only. The caller needs the permission to browse users and groups.
//
// GET /rest/api/3/user/search/query, one request per page.
//
// Errors: [client.ErrInvalid], [client.ErrForbidden].
func (s *UsersService) Query(ctx context.Context, query string, params *FindUsersByQueryParams) iter.Seq2[*User, error] {
	var p FindUsersByQueryParams
	if params != nil {
		p = *params
	}
	return client.Iterate(ctx, (*service)(s).api(), "Users.Query", p.StartAt, func(ctx context.Context, at int) (client.Page[*User, int], error) {
		p := p
		p.StartAt = at
		page, err := s.QueryPage(ctx, query, &p)
		if err != nil {
			return client.Page[*User, int]{}, err
		}
		next := client.Page[*User, int]{Items: client.Pointers(page.Values)}
		return queried(next, at, cmp.Or(page.MaxResults, p.MaxResults), page.IsLast), nil
	})
}

// QueryIDs iterates over the account ids of the users whom [UsersService.Query] finds.
//
// GET /rest/api/3/user/search/query/key, one request per page.
//
// Errors: [client.ErrInvalid], [client.ErrForbidden].
func (s *UsersService) QueryIDs(ctx context.Context, query string, params *FindUserKeysByQueryParams) iter.Seq2[string, error] {
	var p FindUserKeysByQueryParams
	if params != nil {
		p = *params
	}
	return client.Iterate(ctx, (*service)(s).api(), "Users.QueryIDs", p.StartAt, func(ctx context.Context, at int) (client.Page[string, int], error) {
		p := p
		p.StartAt = at
		page, err := s.QueryIDsPage(ctx, query, &p)
		if err != nil {
			return client.Page[string, int]{}, err
		}
		ids := make([]string, len(page.Values))
		for i, key := range page.Values {
			ids[i] = key.AccountID
		}
		next := client.Page[string, int]{Items: client.Slice(ids)}
		return queried(next, at, cmp.Or(page.MaxResults, p.MaxResults), page.IsLast), nil
	})
}

// queried completes p, the page at an offset of a query for users. Jira cuts the window before it filters, in pages of 100
// unless asked for another number, and says when it has come to the end.
func queried[T any](p client.Page[T, int], at, size int, last bool) client.Page[T, int] {
	p = client.WindowPage(p, at, cmp.Or(size, 100))
	p.More = p.More && !last
	return p
}

// AccountIDs iterates over the accounts of users who are known by the names or keys that Jira once gave them. Who is not
// found is left out.
//
// Experimental: Atlassian may change it.
//
// GET /rest/api/3/user/bulk/migration, one request per page.
//
// Errors: [client.ErrInvalid].
func (s *UsersService) AccountIDs(ctx context.Context, params *BulkGetUsersMigrationParams) iter.Seq2[*FormerUser, error] {
	const unset = 10 // the size of a page
	var p BulkGetUsersMigrationParams
	if params != nil {
		p = *params
	}
	wanted := len(p.Usernames) + len(p.Keys)
	return client.Iterate(ctx, (*service)(s).api(), "Users.AccountIDs", p.StartAt, func(ctx context.Context, at int) (client.Page[*FormerUser, int], error) {
		p := p
		p.StartAt = at
		page, err := s.AccountIDsPage(ctx, &p)
		if err != nil {
			return client.Page[*FormerUser, int]{}, err
		}
		// Nothing says whether a short page was cut short or misses users who are unknown. Going on behind what came loses
		// nobody, and who comes twice is left out.
		next := at + cmp.Or(len(page), p.MaxResults, unset)
		return client.Page[*FormerUser, int]{
			Items: client.Pointers(page), Next: next, More: next < wanted,
			Key: func(u *FormerUser) string { return u.AccountID + " " + u.Username + " " + u.Key },
		}, nil
	})
}

// Emails returns the addresses of users by account id, even of those who hide them. Only apps that Atlassian has approved
// for this can call it.
//
// GET /rest/api/3/user/email/bulk
//
// Errors: [client.ErrInvalid].
func (s *UsersService) Emails(ctx context.Context, accountIDs []string) (map[string]string, error) {
	answer, err := s.emails(ctx, accountIDs)
	if err != nil {
		return nil, err
	}
	type email struct {
		AccountID string `json:"accountId"`
		Email     string `json:"email"`
	}
	var all []email
	if err := json.Unmarshal(answer, &all); err != nil {
		var one email
		if json.Unmarshal(answer, &one) != nil {
			return nil, client.Failed("Users.Emails", fmt.Errorf("the answer cannot be decoded: %w", err))
		}
		all = []email{one}
	}
	emails := make(map[string]string, len(all))
	for _, one := range all {
		emails[one.AccountID] = one.Email
	}
	return emails, nil
}
