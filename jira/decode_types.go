package jira

import "unsafe"

// The functions below read the objects that every issue has several of. Each fails when it meets a property or a value
// that it does not expect; encoding/json then reads the object anew.

// object takes an object by its own function, or nothing at null.
func object[T any](s *scanner, dst *T, scan func(*scanner, *T)) {
	if !s.null() {
		scan(s, dst)
	}
}

// list takes an array of objects, or nothing at null.
func list[T any](s *scanner, dst *[]T, scan func(*scanner, *T)) {
	if s.null() {
		return
	}
	items := []T{}
	for range s.elements {
		if s.charge(2 * unsafe.Sizeof(*new(T))); s.failed { // a list that grows is copied
			return
		}
		items = append(items, *new(T))
		object(s, &items[len(items)-1], scan)
	}
	*dst = items
}

// remainder takes a value by encoding/json: a property that few objects have.
func remainder[T any](s *scanner, dst *T) {
	if decodeAny(s, dst) != nil {
		s.fail()
	}
}

func scanUser(s *scanner, u *User) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&u.Self)
		case "accountId":
			s.text(&u.AccountID)
		case "accountType":
			s.text(&u.AccountType)
		case "emailAddress":
			s.text(&u.EmailAddress)
		case "displayName":
			s.text(&u.DisplayName)
		case "active":
			s.boolean(&u.Active)
		case "timeZone":
			s.text(&u.TimeZone)
		case "locale":
			s.text(&u.Locale)
		case "avatarUrls":
			object(s, &u.AvatarURLs, scanAvatars)
		case "key":
			s.text(&u.Key)
		case "name":
			s.text(&u.Name)
		default:
			s.fail()
		}
	}
}

func scanAvatars(s *scanner, a *AvatarURLs) {
	for name := range s.members {
		switch name {
		case "16x16":
			s.text(&a.Px16)
		case "24x24":
			s.text(&a.Px24)
		case "32x32":
			s.text(&a.Px32)
		case "48x48":
			s.text(&a.Px48)
		default:
			s.fail()
		}
	}
}

func scanStatus(s *scanner, x *Status) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&x.Self)
		case "description":
			s.text(&x.Description)
		case "iconUrl":
			s.text(&x.IconURL)
		case "name":
			s.text(&x.Name)
		case "id":
			s.text(&x.ID)
		case "statusCategory":
			object(s, &x.Category, scanStatusCategory)
		case "scope":
			remainder(s, &x.Scope)
		default:
			s.fail()
		}
	}
}

func scanStatusCategory(s *scanner, c *StatusCategory) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&c.Self)
		case "id":
			integer(s, &c.ID)
		case "key":
			s.text(&c.Key)
		case "colorName":
			s.text(&c.ColorName)
		case "name":
			s.text(&c.Name)
		default:
			s.fail()
		}
	}
}

func scanPriority(s *scanner, p *Priority) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&p.Self)
		case "iconUrl":
			s.text(&p.IconURL)
		case "name":
			s.text(&p.Name)
		case "id":
			s.text(&p.ID)
		case "description":
			s.text(&p.Description)
		case "statusColor":
			s.text(&p.StatusColor)
		case "avatarId":
			integer(s, &p.AvatarID)
		case "isDefault":
			s.boolean(&p.IsDefault)
		default:
			s.fail()
		}
	}
}

func scanResolution(s *scanner, r *Resolution) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&r.Self)
		case "id":
			s.text(&r.ID)
		case "description":
			s.text(&r.Description)
		case "name":
			s.text(&r.Name)
		default:
			s.fail()
		}
	}
}

func scanIssueType(s *scanner, t *IssueType) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&t.Self)
		case "id":
			s.text(&t.ID)
		case "description":
			s.text(&t.Description)
		case "iconUrl":
			s.text(&t.IconURL)
		case "name":
			s.text(&t.Name)
		case "subtask":
			s.boolean(&t.Subtask)
		case "avatarId":
			integer(s, &t.AvatarID)
		case "entityId":
			s.text(&t.EntityID)
		case "hierarchyLevel":
			integer(s, &t.HierarchyLevel)
		case "scope":
			remainder(s, &t.Scope)
		default:
			s.fail()
		}
	}
}

func scanProject(s *scanner, p *Project) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&p.Self)
		case "id":
			s.text(&p.ID)
		case "key":
			s.text(&p.Key)
		case "name":
			s.text(&p.Name)
		case "projectTypeKey":
			s.text(&p.ProjectTypeKey)
		case "simplified":
			s.boolean(&p.Simplified)
		case "avatarUrls":
			object(s, &p.AvatarURLs, scanAvatars)
		case "description":
			s.text(&p.Description)
		case "projectCategory":
			remainder(s, &p.ProjectCategory)
		default:
			s.fail()
		}
	}
}

func scanVotes(s *scanner, x *Votes) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&x.Self)
		case "votes":
			integer(s, &x.Count)
		case "hasVoted":
			s.boolean(&x.HasVoted)
		default:
			s.fail()
		}
	}
}

func scanWatchers(s *scanner, w *Watchers) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&w.Self)
		case "watchCount":
			integer(s, &w.WatchCount)
		case "isWatching":
			s.boolean(&w.IsWatching)
		default:
			s.fail()
		}
	}
}

func scanProgress(s *scanner, p *Progress) {
	for name := range s.members {
		switch name {
		case "progress":
			integer(s, &p.Spent)
		case "total":
			integer(s, &p.Total)
		case "percent":
			integer(s, &p.Percent)
		default:
			s.fail()
		}
	}
}

func scanComponent(s *scanner, c *Component) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&c.Self)
		case "id":
			s.text(&c.ID)
		case "name":
			s.text(&c.Name)
		case "description":
			s.text(&c.Description)
		default:
			s.fail()
		}
	}
}

func scanVersion(s *scanner, v *Version) {
	for name := range s.members {
		switch name {
		case "self":
			s.text(&v.Self)
		case "id":
			s.text(&v.ID)
		case "name":
			s.text(&v.Name)
		case "description":
			s.text(&v.Description)
		case "archived":
			s.boolean(&v.Archived)
		case "released":
			s.boolean(&v.Released)
		case "releaseDate":
			remainder(s, &v.ReleaseDate)
		default:
			s.fail()
		}
	}
}
