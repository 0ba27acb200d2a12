package jira_test

import (
	"fmt"
	"slices"

	"github.com/jira-integrations/go-sdk/client"
	"github.com/jira-integrations/go-sdk/jira"
	"github.com/jira-integrations/go-sdk/jira/adf"
)

func groupName(g jira.Group) string { return g.Name }

func exerciseGroups(a *area) {
	ctx := a.Context()
	testers := must(a.Groups.Create(ctx, jira.GroupInput{Name: "testers"}))(a)
	a.equal("created", []any{testers.Name, testers.GroupID != "", testers.Users.Size}, []any{"testers", true, 0})
	_, err := a.Groups.Create(ctx, jira.GroupInput{Name: "testers"})
	a.fails(err, client.ErrInvalid, "Groups.Create")
	_, err = a.Groups.Create(ctx, jira.GroupInput{})
	a.fails(err, client.ErrInvalid, "Groups.Create")
	var ids []string
	for i := range 4 {
		ids = append(ids, a.fake.AddGroup(fmt.Sprintf("Team %d", i)))
	}

	page := must(a.Groups.ListPage(ctx, nil))(a)
	want := []string{"site-admins", "developers", "jira-users", "testers", "Team 0", "Team 1", "Team 2", "Team 3"}
	a.equal("groups", names(page.Values, groupName), want)
	samePages(a, 3, a.Groups.List(ctx, &jira.BulkGetGroupsParams{MaxResults: 3}), page.Values)
	some := must(a.Groups.ListPage(ctx, &jira.BulkGetGroupsParams{GroupIDs: ids[1:3], GroupNames: []string{"testers"}}))(a)
	a.equal("by id and name", names(some.Values, groupName), []string{"testers", "Team 1", "Team 2"})

	key := a.bug("Cart")
	only := jira.Visibility{Type: "group", Value: "testers", Identifier: testers.GroupID}
	must(a.Comments.Create(ctx, key, jira.CommentInput{Body: adf.Text("Between us."), Visibility: only}, nil))(a)
	a.gone(a.Groups.Delete(ctx, testers.GroupID, &jira.RemoveGroupParams{SwapGroupID: "no group"}), "Groups.Delete")
	a.fine(a.Groups.Delete(ctx, testers.GroupID, &jira.RemoveGroupParams{SwapGroupID: ids[0]}))
	a.equal("who may read", a.fake.Comments(key)[0].Visibility, jira.Visibility{Type: "group", Value: "Team 0", Identifier: ids[0]})
	a.fine(a.Groups.Delete(ctx, ids[3], nil))
	a.gone(a.Groups.Delete(ctx, ids[3], nil), "Groups.Delete")
	a.fails(a.Groups.Delete(ctx, "", nil), client.ErrInvalid, "Groups.Delete")
	left := must(items(a.Groups.List(ctx, nil)))(a)
	a.equal("left", names(left, func(g *jira.Group) string { return g.Name }), []string{"site-admins", "developers", "jira-users", "Team 0", "Team 1", "Team 2"})
}

func exerciseGroupMembers(a *area) {
	ctx := a.Context()
	group := a.fake.AddGroup("testers")
	member := func(id string) jira.GroupMember { return jira.GroupMember{AccountID: id} }
	var ids []string
	for i := range 5 {
		ids = append(ids, a.fake.AddUser(fmt.Sprintf("Tester %d", i), ""))
		after := must(a.Groups.AddUser(ctx, group, member(ids[i])))(a)
		a.equal("group", []any{after.GroupID, after.Users.Size, after.Users.Items[i].AccountID}, []any{group, i + 1, ids[i]})
	}
	dana := "5b10a2844c20165700ede21e"
	a.fake.AddGroupMember(group, dana)

	page := must(a.Groups.MembersPage(ctx, group, nil))(a)
	a.equal("members", names(page.Values, accountID), ids)
	samePages(a, 2, a.Groups.Members(ctx, group, &jira.GetUsersFromGroupParams{MaxResults: 2}), page.Values)
	all := must(items(a.Groups.Members(ctx, group, &jira.GetUsersFromGroupParams{IncludeInactiveUsers: true})))(a)
	a.equal("with the inactive one", names(all, func(u *jira.User) string { return u.AccountID }), append([]string{dana}, ids...))
	a.equal("groups of a member", names(must(a.Users.Groups(ctx, ids[0]))(a), groupName), []string{"jira-users", "testers"})
	user := must(a.Users.Get(ctx, ids[0], &jira.GetUserParams{Expand: "groups"}))(a)
	a.equal("in the user", names(user.Groups.Items, groupName), []string{"jira-users", "testers"})

	a.fine(a.Groups.RemoveUser(ctx, group, ids[0]))
	a.fails(a.Groups.RemoveUser(ctx, group, ids[0]), client.ErrInvalid, "Groups.RemoveUser")
	a.equal("groups of one who left", names(must(a.Users.Groups(ctx, ids[0]))(a), groupName), []string{"jira-users"})
	_, err := a.Groups.AddUser(ctx, group, member(ids[1]))
	a.fails(err, client.ErrInvalid, "Groups.AddUser") // is one already
	_, err = a.Groups.AddUser(ctx, group, member("nobody"))
	a.gone(err, "Groups.AddUser")
	_, err = a.Groups.AddUser(ctx, "no group", member(ids[1]))
	a.gone(err, "Groups.AddUser")
	a.gone(a.Groups.RemoveUser(ctx, group, "nobody"), "Groups.RemoveUser")
	_, err = a.Groups.MembersPage(ctx, "no group", nil)
	a.gone(err, "Groups.Members")
	_, err = a.Users.Groups(ctx, "nobody")
	a.gone(err, "Users.Groups")
}

func exercisePickers(a *area) {
	ctx := a.Context()
	for i := range 25 {
		a.fake.AddGroup(fmt.Sprintf("Team <%02d>", i))
	}
	found := must(a.Groups.Picker(ctx, &jira.FindGroupsParams{Query: "team", CaseInsensitive: true}))(a)
	a.equal("groups", []any{found.Total, len(found.Groups), found.Header}, []any{25, 20, "Showing 20 of 25 matching groups"})
	a.equal("first", []any{found.Groups[0].Name, found.Groups[0].HTML}, []any{"Team <00>", "<b>Team</b> &lt;00&gt;"})
	found = must(a.Groups.Picker(ctx, &jira.FindGroupsParams{Query: "team"}))(a)
	a.equal("with regard to case", found.Total, 0)
	found = must(a.Groups.Picker(ctx, &jira.FindGroupsParams{Query: "e", MaxResults: 2, ExcludeNames: []string{"Team <00>", "developers"}}))(a)
	a.equal("others", []any{found.Groups[0].Name, found.Groups[1].Name, found.Total}, []any{"Team <01>", "Team <02>", 26})
	_, err := a.Groups.Picker(ctx, &jira.FindGroupsParams{ExcludeNames: []string{"a"}, ExcludeIDs: []string{"b"}})
	a.fails(err, client.ErrInvalid, "Groups.Picker")

	id := func(u jira.FoundUser) string { return u.AccountID }
	users := must(a.Users.Picker(ctx, "b", &jira.FindUsersForPickerParams{ShowAvatar: true, ExcludeAccountIDs: []string{ada}}))(a)
	a.equal("users", []any{names(users.Users, id), users.Total}, []any{[]string{me, bo}, 2})
	a.equal("shown", []any{users.Users[1].DisplayName, users.Users[1].HTML}, []any{"Bo Lindqvist", "<strong>B</strong>o Lindqvist - bo@acme.example"})
	a.equal("picture", users.Users[0].AvatarURL != "", true)
	users = must(a.Users.Picker(ctx, "a", &jira.FindUsersForPickerParams{ExcludeConnectUsers: true, MaxResults: 1}))(a)
	a.equal("without apps", []any{names(users.Users, id), users.Total}, []any{[]string{ada}, 1})
	_, err = a.Users.Picker(ctx, "", nil)
	a.fails(err, client.ErrInvalid, "Users.Picker")

	both := must(a.Groups.PickerWithUsers(ctx, "dev", nil))(a)
	a.equal("both", []any{both.Users.Total, both.Groups.Groups[0].Name}, []any{0, "developers"})
	both = must(a.Groups.PickerWithUsers(ctx, "LIND", &jira.FindUsersAndGroupsParams{ExcludeConnectAddons: true}))(a)
	a.equal("both", []any{both.Users.Users[0].AccountID, both.Groups.Total}, []any{bo, 0})
	_, err = a.Groups.PickerWithUsers(ctx, "", nil)
	a.fails(err, client.ErrInvalid, "Groups.PickerWithUsers")
}

func pointerID(u *jira.User) string { return u.AccountID }

// The window is cut out of all users, of whom two can do nothing: the second page is short, and not the last.
func exerciseUserPermissions(a *area) {
	ctx := a.Context()
	key := a.bug("Cart")
	want := []string{me, ada, bo, chidi}
	for i := range 3 {
		want = append(want, a.fake.AddUser(fmt.Sprintf("Tester %d", i), ""))
	}
	everybody, nobody := new(""), new("nobody")

	page := must(a.Users.SearchAssignableToProjectsPage(ctx, "WEB,OPS", &jira.FindBulkAssignableUsersParams{Query: everybody}))(a)
	a.equal("assignable", names(page, accountID), want)
	samePages(a, 2, a.Users.SearchAssignableToProjects(ctx, "WEB,OPS", &jira.FindBulkAssignableUsersParams{Query: everybody, MaxResults: 2}), page)
	_, err := items(a.Users.SearchAssignableToProjects(ctx, "WEB,NOPE", &jira.FindBulkAssignableUsersParams{Query: everybody}))
	a.gone(err, "Users.SearchAssignableToProjects")
	_, err = items(a.Users.SearchAssignableToProjects(ctx, "WEB", nil))
	a.fails(err, client.ErrInvalid, "Users.SearchAssignableToProjects")

	may := func(params jira.FindUsersWithAllPermissionsParams) ([]*jira.User, error) {
		return items(a.Users.SearchWithPermissions(ctx, "EDIT_ISSUES,BROWSE_PROJECTS", &params))
	}
	page = must(a.Users.SearchWithPermissionsPage(ctx, "EDIT_ISSUES", &jira.FindUsersWithAllPermissionsParams{Query: everybody, ProjectKey: "WEB"}))(a)
	a.equal("who may edit", names(page, accountID), want)
	samePages(a, 2, a.Users.SearchWithPermissions(ctx, "EDIT_ISSUES", &jira.FindUsersWithAllPermissionsParams{Query: everybody, ProjectKey: "WEB", MaxResults: 2}), page)
	one := must(may(jira.FindUsersWithAllPermissionsParams{AccountID: bo, IssueKey: key}))(a)
	a.equal("by id", names(one, pointerID), []string{bo})
	_, err = may(jira.FindUsersWithAllPermissionsParams{Query: nobody})
	a.fails(err, client.ErrInvalid, "Users.SearchWithPermissions")
	_, err = may(jira.FindUsersWithAllPermissionsParams{Query: nobody, AccountID: bo, IssueKey: key})
	a.fails(err, client.ErrInvalid, "Users.SearchWithPermissions")
	_, err = items(a.Users.SearchWithPermissions(ctx, "FLY", &jira.FindUsersWithAllPermissionsParams{Query: everybody, IssueKey: key}))
	a.fails(err, client.ErrInvalid, "Users.SearchWithPermissions")

	page = must(a.Users.SearchViewersPage(ctx, &jira.FindUsersWithBrowsePermissionParams{Query: everybody, IssueKey: key}))(a)
	a.equal("who may see it", names(page, accountID), want)
	samePages(a, 2, a.Users.SearchViewers(ctx, &jira.FindUsersWithBrowsePermissionParams{Query: everybody, IssueKey: key, MaxResults: 2}), page)
	none := must(items(a.Users.SearchViewers(ctx, &jira.FindUsersWithBrowsePermissionParams{Query: nobody, ProjectKey: "WEB"})))(a)
	a.equal("nobody", len(none), 0)
	_, err = items(a.Users.SearchViewers(ctx, &jira.FindUsersWithBrowsePermissionParams{Query: everybody, IssueKey: "WEB-99"}))
	a.gone(err, "Users.SearchViewers")
}

func exerciseUserQueries(a *area) {
	ctx := a.Context()
	reporters := []string{me}
	a.fake.AddIssue("OPS", "Bug", "Down", nil)
	for i := range 7 {
		id := a.fake.AddUser(fmt.Sprintf("Reporter %d", i), "")
		a.fake.AddIssue("OPS", "Bug", "Down", map[string]any{"reporter": map[string]any{"accountId": id}})
		reporters = append(reporters, id)
	}
	// The second page is empty and not the last: the window is cut out of all users.
	page := must(a.Users.QueryPage(ctx, "is reporter of OPS", nil))(a)
	a.equal("reporters", names(page.Values, accountID), reporters)
	samePages(a, 3, a.Users.Query(ctx, "is reporter of OPS", &jira.FindUsersByQueryParams{MaxResults: 3}), page.Values)
	keys := must(a.Users.QueryIDsPage(ctx, "is reporter of OPS", nil))(a)
	a.equal("keys", names(keys.Values, func(k jira.UserKey) string { return k.AccountID }), reporters)
	before := len(a.fake.Requests())
	a.equal("ids", must(items(a.Users.QueryIDs(ctx, "is reporter of OPS", &jira.FindUserKeysByQueryParams{MaxResults: 4})))(a), reporters)
	a.equal("requests", len(a.fake.Requests())-before, 4)

	key, other := a.bug("Cart"), a.bug("Coupon")
	a.fine(a.Issues.Assign(ctx, key, jira.AssigneeInput{AccountID: new(ada)}))
	a.fine(a.Issues.AddWatcher(ctx, other, ada))
	a.fine(a.Issues.AddWatcher(ctx, other, bo))
	for query, want := range map[string][]string{
		"is assignee of " + key:                                            {ada},
		"is watcher of (" + key + ", " + other + ")":                       {me, ada, bo},
		"is watcher of WEB AND is assignee of WEB":                         {ada},
		"is assignee of " + key + " OR is watcher of " + other:             {me, ada, bo},
		"is commenter of WEB":                                              nil,
		"is voter of WEB or is reporter of WEB and is transitioner of WEB": nil,
	} {
		got := must(items(a.Users.QueryIDs(ctx, query, nil)))(a)
		if !slices.Equal(got, want) {
			a.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	_, err := items(a.Users.Query(ctx, "is friend of WEB", nil))
	a.fails(err, client.ErrInvalid, "Users.QueryPage")
	_, err = items(a.Users.QueryIDs(ctx, "everybody", nil))
	a.fails(err, client.ErrInvalid, "Users.QueryIDsPage")
}

func exerciseAllUsers(a *area) {
	ctx := a.Context()
	var former []string
	for i := range 12 {
		a.fake.AddUser(fmt.Sprintf("Tester %d", i), fmt.Sprintf("tester%d@acme.example", i))
		former = append(former, fmt.Sprintf("tester%d", i))
	}
	page := must(a.Users.ListPage(ctx, nil))(a)
	a.equal("all users", []any{len(page), page[0].AccountID, page[4].Active, page[5].AccountType}, []any{18, me, false, "app"})
	samePages(a, 6, a.Users.List(ctx, &jira.GetAllUsersParams{MaxResults: 6}), page)

	a.equal("address", must(a.Users.Email(ctx, ada))(a), "ada@acme.example")
	_, err := a.Users.Email(ctx, "nobody")
	a.gone(err, "Users.Email")
	emails := must(a.Users.Emails(ctx, []string{ada, "nobody", bo}))(a)
	a.equal("addresses", emails, map[string]string{ada: "ada@acme.example", bo: "bo@acme.example"})
	_, err = a.Users.Emails(ctx, nil)
	a.fails(err, client.ErrInvalid, "Users.Emails")

	one := must(a.Users.AccountIDsPage(ctx, &jira.BulkGetUsersMigrationParams{Keys: []string{"JIRAUSER10001"}}))(a)
	a.equal("by key", one, []jira.FormerUser{{AccountID: ada, Key: "JIRAUSER10001"}})
	all := must(a.Users.AccountIDsPage(ctx, &jira.BulkGetUsersMigrationParams{Usernames: former, MaxResults: 50}))(a)
	samePages(a, 4, a.Users.AccountIDs(ctx, &jira.BulkGetUsersMigrationParams{Usernames: former, MaxResults: 4}), all)
	// Those who are unknown fill pages too; nobody else is lost or comes twice.
	unknown := []string{"x1", "x2", "x3", "x4", "x5", "ada", "x6", "bo", "x7", "chidi"}
	some := must(items(a.Users.AccountIDs(ctx, &jira.BulkGetUsersMigrationParams{Usernames: unknown, MaxResults: 3})))(a)
	a.equal("the known", names(some, func(u *jira.FormerUser) string { return u.Username }), []string{"ada", "bo", "chidi"})
	_, err = items(a.Users.AccountIDs(ctx, nil))
	a.fails(err, client.ErrInvalid, "Users.AccountIDsPage")
}
