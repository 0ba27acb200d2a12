package jiratest

import "net/http"

// operations lists every operation of the site, but for the two that carry files.
func operations() []operation {
	const (
		paging    = "startAt maxResults "
		issue     = "/issue/{issueIdOrKey}"
		comment   = "body visibility properties jsdPublic"
		worklog   = "comment started timeSpent timeSpentSeconds visibility properties"
		edit      = "fields update transition historyMetadata properties"
		search    = "jql nextPageToken maxResults fields expand properties fieldsByKeys failFast reconcileIssues"
		oldSearch = "jql startAt maxResults validateQuery fields expand properties fieldsByKeys failFast"
	)
	return []operation{
		{"POST", "/issue", "updateHistory", edit, (*call).createIssue},
		{"GET", issue, "fields fieldsByKeys expand properties updateHistory failFast", "", (*call).getIssue},
		{"PUT", issue, "notifyUsers overrideScreenSecurity overrideEditableFlag returnIssue expand", edit, (*call).editIssue},
		{"DELETE", issue, "deleteSubtasks", "", (*call).deleteIssue},
		{"PUT", issue + "/assignee", "", "accountId", (*call).assignIssue},
		{
			"GET", issue + "/transitions", "expand transitionId skipRemoteOnlyCondition includeUnavailableTransitions sortByOpsBarAndStatus",
			"", (*call).getTransitions,
		},
		{"POST", issue + "/transitions", "", edit, (*call).doTransition},
		{"GET", issue + "/editmeta", "overrideScreenSecurity overrideEditableFlag", "", (*call).getEditIssueMeta},
		{"GET", "/issue/createmeta/{projectIdOrKey}/issuetypes", paging, "", (*call).getCreateMetaTypes},
		{"GET", "/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}", paging, "", (*call).getCreateMetaFields},
		{"GET", issue + "/changelog", paging, "", (*call).getChangeLogs},
		{"GET", issue + "/watchers", "", "", (*call).getWatchers},
		{"POST", issue + "/watchers", "", "?", (*call).addWatcher},
		{"DELETE", issue + "/watchers", "accountId", "", (*call).removeWatcher},
		{"POST", "/issue/watching", "", "issueIds", (*call).isWatching},
		{"GET", issue + "/votes", "", "", (*call).getVotes},
		{"POST", issue + "/votes", "", "", (*call).addVote},
		{"DELETE", issue + "/votes", "", "", (*call).removeVote},
		{"GET", issue + "/properties", "", "", (*call).getPropertyKeys},
		{"GET", issue + "/properties/{propertyKey}", "", "", (*call).getProperty},
		{"PUT", issue + "/properties/{propertyKey}", "", "*", (*call).setProperty},
		{"DELETE", issue + "/properties/{propertyKey}", "", "", (*call).deleteProperty},
		{"POST", issue + "/notify", "", "subject textBody htmlBody to restrict", (*call).notify},

		{"POST", "/issue/bulk", "", "issueUpdates", (*call).createMany},
		{"POST", "/bulk/issues/delete", "", "selectedIssueIdsOrKeys sendBulkNotification", simpleBulk("delete")},
		{"POST", "/bulk/issues/watch", "", "selectedIssueIdsOrKeys", simpleBulk("watch")},
		{"POST", "/bulk/issues/unwatch", "", "selectedIssueIdsOrKeys", simpleBulk("unwatch")},
		{"GET", "/bulk/issues/fields", "issueIdsOrKeys searchText endingBefore startingAfter", "", (*call).getBulkFields},
		{
			"POST", "/bulk/issues/fields", "", "selectedIssueIdsOrKeys selectedActions editedFieldsInput sendBulkNotification",
			(*call).bulkEdit,
		},
		{"POST", "/bulk/issues/move", "", "targetToSourcesMapping sendBulkNotification", (*call).bulkMove},
		{"GET", "/bulk/issues/transition", "issueIdsOrKeys endingBefore startingAfter", "", (*call).getBulkTransitions},
		{"POST", "/bulk/issues/transition", "", "bulkTransitionInputs sendBulkNotification", (*call).bulkTransition},
		{"GET", "/bulk/queue/{taskId}", "", "", (*call).getBulkProgress},
		{"GET", "/task/{taskId}", "", "", (*call).getTask},
		{"POST", "/task/{taskId}/cancel", "", "", (*call).cancelTask},
		{"POST", "/issue/properties", "", "entitiesIds properties", (*call).bulkSetProperties},
		{"POST", "/issue/properties/multi", "", "issues", (*call).bulkSetPropertiesByIssue},
		{"PUT", "/issue/properties/{propertyKey}", "", "value expression filter", (*call).bulkSetProperty},
		{"DELETE", "/issue/properties/{propertyKey}", "", "entityIds currentValue", (*call).bulkDeleteProperty},
		{"PUT", "/issue/archive", "", "issueIdsOrKeys", archival(true)},
		{"PUT", "/issue/unarchive", "", "issueIdsOrKeys", archival(false)},
		{"POST", "/issue/archive", "", "jql", (*call).archiveByJQL},
		{"PUT", "/issues/archive/export", "", "archivedBy archivedDateRange issueTypes projects reporters", (*call).exportArchived},
		{"GET", "/issue/limit/report", "isReturningKeys", "", (*call).getLimitReport},
		{"GET", "/events", "", "", (*call).getEvents},
		{"POST", "/changelog/bulkfetch", "", "issueIdsOrKeys fieldIds maxResults nextPageToken", (*call).getBulkChangelogs},
		{"POST", issue + "/changelog/list", "", "changelogIds", (*call).getChangeLogsByIDs},
		{"GET", "/worklog/deleted", "since", "", (*call).getDeletedWorklogs},
		{"GET", "/worklog/updated", "since expand", "", (*call).getUpdatedWorklogs},

		{"GET", "/search/jql", search, "", (*call).searchGet},
		{"POST", "/search/jql", "", search, (*call).searchPost},
		{"POST", "/search/approximate-count", "", "jql", (*call).countIssues},
		{"POST", "/issue/bulkfetch", "", "issueIdsOrKeys fields fieldsByKeys expand properties", (*call).bulkFetch},
		{"GET", "/issue/picker", "query currentJQL currentIssueKey currentProjectId showSubTasks showSubTaskParent", "", (*call).pickIssue},

		{"POST", "/jql/match", "", "issueIds jqls", (*call).matchIssues},
		{"GET", "/jql/autocompletedata", "", "", (*call).getReference},
		{"POST", "/jql/autocompletedata", "", "projectIds includeCollapsedFields", (*call).filterReference},
		{"GET", "/jql/autocompletedata/suggestions", "fieldName fieldValue predicateName predicateValue", "", (*call).suggestValues},
		{"POST", "/jql/parse", "validation", "queries", (*call).parseQueries},
		{"POST", "/jql/pdcleaner", "", "queryStrings", (*call).migrateQueries},
		{"POST", "/jql/sanitize", "", "queries", (*call).sanitizeQueries},
		{"GET", "/jql/function/computation", paging + "functionKey orderBy", "", (*call).getPrecomputations},
		{"POST", "/jql/function/computation", "skipNotFoundPrecomputations", "values", (*call).updatePrecomputations},
		{"POST", "/jql/function/computation/search", "orderBy", "precomputationIDs", (*call).getPrecomputationsByID},
		{"POST", "/expression/analyse", "check", "expressions contextVariables", (*call).analyseExpressions},
		{"POST", "/expression/evaluate", "expand", "expression context", (*call).evaluateExpression},
		{"POST", "/redact", "", "redactions", (*call).redact},
		{"GET", "/redact/status/{jobId}", "", "", (*call).getRedactionStatus},

		{"GET", issue + "/remotelink", "globalId", "", (*call).getRemoteLinks},
		{"POST", issue + "/remotelink", "", "application globalId object relationship", (*call).setRemoteLink},
		{"DELETE", issue + "/remotelink", "globalId", "", (*call).deleteRemoteLinkByGlobalID},
		{"GET", issue + "/remotelink/{linkId}", "", "", (*call).getRemoteLink},
		{"PUT", issue + "/remotelink/{linkId}", "", "application globalId object relationship", (*call).updateRemoteLink},
		{"DELETE", issue + "/remotelink/{linkId}", "", "", (*call).deleteRemoteLink},

		{"GET", issue + "/comment", paging + "orderBy expand", "", (*call).getComments},
		{"POST", issue + "/comment", "expand", comment, (*call).createComment},
		{"GET", issue + "/comment/{id}", "expand", "", (*call).getComment},
		{"PUT", issue + "/comment/{id}", "notifyUsers overrideEditableFlag expand", comment, (*call).updateComment},
		{"DELETE", issue + "/comment/{id}", "", "", (*call).deleteComment},
		{"POST", "/comment/list", "expand", "ids", (*call).commentsByID},
		{"GET", "/comment/{commentId}/properties", "", "", owner((*call).commentAnywhere).keys},
		{"GET", "/comment/{commentId}/properties/{propertyKey}", "", "", owner((*call).commentAnywhere).get},
		{"PUT", "/comment/{commentId}/properties/{propertyKey}", "", "*", owner((*call).commentAnywhere).set},
		{"DELETE", "/comment/{commentId}/properties/{propertyKey}", "", "", owner((*call).commentAnywhere).remove},

		{"GET", issue + "/worklog", paging + "startedAfter startedBefore expand", "", (*call).getWorklogs},
		{
			"POST", issue + "/worklog", "notifyUsers adjustEstimate newEstimate reduceBy expand overrideEditableFlag",
			worklog, (*call).createWorklog,
		},
		{"GET", issue + "/worklog/{id}", "expand", "", (*call).getWorklog},
		{"PUT", issue + "/worklog/{id}", "notifyUsers adjustEstimate newEstimate expand overrideEditableFlag", worklog, (*call).updateWorklog},
		{"DELETE", issue + "/worklog/{id}", "notifyUsers adjustEstimate newEstimate increaseBy overrideEditableFlag", "", (*call).deleteWorklog},
		{"DELETE", issue + "/worklog", "adjustEstimate overrideEditableFlag", "ids", (*call).bulkDeleteWorklogs},
		{"POST", issue + "/worklog/move", "adjustEstimate overrideEditableFlag", "ids issueIdOrKey", (*call).bulkMoveWorklogs},
		{"POST", "/worklog/list", "expand", "ids", (*call).worklogsByID},
		{"GET", issue + "/worklog/{worklogId}/properties", "", "", owner((*call).worklogOfProperties).keys},
		{"GET", issue + "/worklog/{worklogId}/properties/{propertyKey}", "", "", owner((*call).worklogOfProperties).get},
		{"PUT", issue + "/worklog/{worklogId}/properties/{propertyKey}", "", "*", owner((*call).worklogOfProperties).set},
		{"DELETE", issue + "/worklog/{worklogId}/properties/{propertyKey}", "", "", owner((*call).worklogOfProperties).remove},

		{"GET", "/attachment/meta", "", "", (*call).getAttachmentMeta},
		{"GET", "/attachment/{id}", "", "", (*call).getAttachment},
		{"DELETE", "/attachment/{id}", "", "", (*call).deleteAttachment},
		{"GET", "/attachment/{id}/expand/raw", "", "", (*call).expandArchive},
		{"GET", "/attachment/{id}/expand/human", "", "", (*call).expandReadableArchive},

		{"POST", "/issueLink", "", "type inwardIssue outwardIssue comment", (*call).createLink},
		{"GET", "/issueLink/{linkId}", "", "", (*call).getLink},
		{"DELETE", "/issueLink/{linkId}", "", "", (*call).deleteLink},
		{"GET", "/issueLinkType", "", "", (*call).getLinkTypes},
		{"POST", "/issueLinkType", "", "name inward outward id self", (*call).createLinkType},
		{"GET", "/issueLinkType/{issueLinkTypeId}", "", "", (*call).getLinkType},
		{"PUT", "/issueLinkType/{issueLinkTypeId}", "", "name inward outward id self", (*call).updateLinkType},
		{"DELETE", "/issueLinkType/{issueLinkTypeId}", "", "", (*call).deleteLinkType},

		{
			"GET", "/project/search", paging + "orderBy id keys query typeKey categoryId action expand status properties propertyQuery",
			"", (*call).searchProjects,
		},
		{"GET", "/project/{projectIdOrKey}", "expand properties", "", (*call).getProject},
		{"GET", "/project/{projectIdOrKey}/component", paging + "orderBy componentSource query", "", (*call).getComponents},
		{"GET", "/project/{projectIdOrKey}/version", paging + "orderBy query status expand", "", (*call).getVersions},
		{"GET", "/project/{projectIdOrKey}/statuses", "", "", (*call).getProjectStatuses},
		{"GET", "/project/{projectIdOrKey}/role", "", "", (*call).getProjectRoles},
		{"GET", "/project/{projectIdOrKey}/role/{id}", "excludeInactiveUsers", "", (*call).getProjectRole},

		{"GET", "/issuetype", "", "", (*call).getIssueTypes},
		{"GET", "/issuetype/{id}", "", "", (*call).getIssueType},
		{"GET", "/issuetype/project", "projectId level", "", (*call).getTypesForProject},
		{"GET", "/field", "", "", (*call).getFields},
		{"GET", "/field/search", paging + "type id query orderBy expand projectIds", "", (*call).searchFields},
		{"GET", "/priority/search", paging + "id projectId priorityName onlyDefault expand", "", (*call).searchPriorities},
		{"GET", "/priority/{id}", "", "", (*call).getPriority},
		{"GET", "/resolution/search", paging + "id onlyDefault", "", (*call).searchResolutions},
		{"GET", "/resolution/{id}", "", "", (*call).getResolution},
		{"GET", "/status", "", "", (*call).getStatuses},
		{"GET", "/status/{idOrName}", "", "", (*call).getStatus},
		{"GET", "/statuses/search", paging + "projectId searchString statusCategory includeGlobalStatuses", "", (*call).searchStatuses},
		{"GET", "/label", paging, "", (*call).getLabels},
		{"GET", "/user", "accountId expand", "", (*call).getUser},
		{"GET", "/user/search", paging + "query accountId property", "", (*call).searchUsers},
		{
			"GET", "/user/assignable/search",
			paging + "query sessionId accountId project issueKey issueId actionDescriptorId recommend accountType appType",
			"", (*call).searchAssignable,
		},
		{"GET", "/user/bulk", paging + "accountId", "", (*call).bulkGetUsers},
		{"GET", "/user/bulk/migration", paging + "username key", "", (*call).formerUsers},
		{"GET", "/user/assignable/multiProjectSearch", paging + "query accountId projectKeys", "", (*call).searchAssignableToProjects},
		{"GET", "/user/permission/search", paging + "query accountId permissions issueKey projectKey", "", (*call).searchWithPermissions},
		{"GET", "/user/viewissue/search", paging + "query accountId issueKey projectKey", "", (*call).searchViewers},
		{"GET", "/user/search/query", paging + "query", "", (*call).usersByQuery},
		{"GET", "/user/search/query/key", "query startAt maxResult", "", (*call).userIDsByQuery},
		{"GET", "/user/picker", "query maxResults showAvatar excludeAccountIds avatarSize excludeConnectUsers", "", (*call).pickUsers},
		{"GET", "/user/email", "accountId", "", (*call).userEmail},
		{"GET", "/user/email/bulk", "accountId", "", (*call).userEmails},
		{"GET", "/user/groups", "accountId", "", (*call).userGroups},
		{"GET", "/users/search", paging + "expand", "", (*call).allUsers},

		{"POST", "/group", "", "name", (*call).createGroup},
		{"DELETE", "/group", "groupId swapGroupId", "", (*call).removeGroup},
		{"GET", "/group/bulk", paging + "groupId groupName accessType applicationKey", "", (*call).bulkGetGroups},
		{"GET", "/group/member", paging + "groupId includeInactiveUsers", "", (*call).groupMembers},
		{"POST", "/group/user", "groupId", "accountId", (*call).addUserToGroup},
		{"DELETE", "/group/user", "groupId accountId", "", (*call).removeUserFromGroup},
		{"GET", "/groups/picker", "query exclude excludeId maxResults caseInsensitive", "", (*call).pickGroups},
		{
			"GET", "/groupuserpicker",
			"query maxResults showAvatar fieldId projectId issueTypeId avatarSize caseInsensitive excludeConnectAddons includeAiAgents",
			"", (*call).pickUsersAndGroups,
		},

		{"PUT", "/app/field/{fieldIdOrKey}/value", "generateChangelog generateAppEvents", "updates", (*call).setAppField},
		{"POST", "/app/field/value", "generateChangelog generateAppEvents", "updates", (*call).setAppFields},
		{"GET", "/myself", "expand", "", (*call).getMyself},
		{"GET", "/serverInfo", "", "", (*call).getServerInfo},
		{
			"GET", "/mypermissions", "projectKey projectId issueKey issueId permissions projectUuid projectConfigurationUuid commentId",
			"", (*call).getMyPermissions,
		},

		{"GET", "/webhook", paging, "", (*call).getWebhooks},
		{"POST", "/webhook", "", "url webhooks", (*call).registerWebhooks},
		{"DELETE", "/webhook", "", "webhookIds", (*call).deleteWebhooks},
		{"PUT", "/webhook/refresh", "", "webhookIds", (*call).refreshWebhooks},
		{"GET", "/webhook/failed", "maxResults after", "", (*call).getFailedWebhooks},

		// Gone from the real site, and answered as it does.
		{"GET", "/search", oldSearch, "", removedSearch},
		{"POST", "/search", "", oldSearch, removedSearch},
		{"GET", "/issue/createmeta", "projectIds projectKeys issuetypeIds issuetypeNames expand", "", removedCreateMeta},
	}
}

func removedSearch(*call) (any, error) {
	return nil, fail(http.StatusGone, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046")
}

func removedCreateMeta(*call) (any, error) { return nil, errNoIssue() }
