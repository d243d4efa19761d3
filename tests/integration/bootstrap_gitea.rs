//! What Gitea, GitLab and plain git servers say before a bootstrap.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::forge::{
    Reply, Server, gitea, github, gitlab, judged, kept, only, plan, token, with_automation,
};
use homelab::preflight::Forge;

fn of_gitea(server: &Server) -> String {
    let plan = plan(Forge::Gitea, &server.host, "ada/homelab");
    judged(plan, Some(&token(gitea::TOKEN)))
}

fn of_gitlab(server: &Server) -> String {
    let plan = plan(Forge::GitLab, &server.host, "team/infra/home");
    judged(plan, Some(&token(gitlab::TOKEN)))
}

fn troubles(text: &str) -> String {
    assert!(!text.contains("5ec2e7") && !text.contains("s3cret"));
    kept(text, |line| !line.starts_with("Pass "))
}

#[test]
fn gitea_where_all_is_well() {
    let server = gitea::start();
    assert_snapshot!(of_gitea(&server), @r#"
    Pass token/present: taken from TOKEN_FILE
    Pass token/valid: it belongs to ada
    Pass token/owner: ada
    Pass token/scopes: its scopes are write:repository, read:user, read:organization
    Pass owner/exists: ada is a user
    Pass repository/exists: ada/homelab, private
    Pass repository/archived: it is not archived
    Pass repository/role: ada is an administrator
    Pass repository/push: it may, as the git server says when it is asked for git-receive-pack
    Pass key/list: there is none
    Pass key/present: no key is called "flux-system-main-flux-system-./clusters/home": bootstrap makes it
    Unknown key/matches-cluster: not asked in this test
    Pass branch/exists: main, at a2f3fc7d
    Pass branch/protection: no rule stands in the way
    "#);
    assert_snapshot!(server.asked().join("\n"), @"
    GET /ada/homelab.git/info/refs?service=git-receive-pack
    GET /api/v1/notifications/new
    GET /api/v1/orgs/ada
    GET /api/v1/repos/ada/homelab
    GET /api/v1/repos/ada/homelab/branches/main
    GET /api/v1/repos/ada/homelab/keys?limit=50&page=1
    GET /api/v1/user
    GET /api/v1/users/ada
    ");
}

#[test]
fn gitea_refuses() {
    let server = gitea::start();
    let mut text = String::new();
    let mut note = |what: &str| {
        text.push_str(&format!("# {what}\n{}", troubles(&of_gitea(&server))));
    };
    let few = |required: &str| gitea::missing_scope(required, "write:repository");
    server.on("/api/v1/user", few("read:user"));
    server.on("/api/v1/orgs/ada", few("read:organization"));
    server.on("/api/v1/notifications/new", few("read:notification"));
    note("write:repository alone");
    server.on(
        "/api/v1/notifications/new",
        gitea::missing_scope("read:notification", "read:repository"),
    );
    server.on("/ada/homelab.git/info/refs", Reply::raw(403, "Forbidden\n"));
    note("read:repository alone");
    let misc = gitea::missing_scope("read:repository", "read:misc");
    server.on("/api/v1/notifications/new", misc.clone());
    server.on(gitea::REPOSITORY, misc);
    note("read:misc alone");
    server.on(
        gitea::REPOSITORY,
        gitea::error(403, "token scope is limited to public repos"),
    );
    note("public only");
    server.on(
        "/api/v1/notifications/new",
        Reply::json(200, &json!({"new": 0})),
    );
    server.on(gitea::REPOSITORY, Reply::json(200, &gitea::repository()));
    server.edit(gitea::REPOSITORY, |found| {
        found["permissions"]["admin"] = json!(false)
    });
    let refusal = "user should be an owner or a collaborator with admin write of a repository";
    server.on(
        &format!("{}/keys", gitea::REPOSITORY),
        gitea::error(403, refusal),
    );
    note("all scopes, but no administrator");
    server.edit(gitea::REPOSITORY, |found| {
        found["archived"] = json!(true);
        found["full_name"] = json!("Ada/homelab");
    });
    note("archived, and written in another way");
    server.on(gitea::REPOSITORY, gitea::error(404, "not found"));
    note("not there");
    assert_snapshot!(text, @"
    # write:repository alone
    Unknown key/matches-cluster: not asked in this test
    # read:repository alone
    Fail token/scopes: its scopes are read:repository: without write:repository bootstrap cannot write to the repository
        add the scope write:repository at http://HOST/user/settings/applications
    Fail repository/push: it may not, as the git server says when it is asked for git-receive-pack
        the token needs the scope write:repository: http://HOST/user/settings/applications
    Unknown key/matches-cluster: not asked in this test
    # read:misc alone
    Fail token/scopes: GET /repos/ada/homelab: 403 token does not have at least one of required scope(s), required=[read:repository], token scope=read:misc
        make one with more scopes at http://HOST/user/settings/applications
    Unknown owner/exists: GET /orgs/ada: 403 token does not have at least one of required scope(s), required=[read:organization], token scope=write:repository
    Fail repository/exists: GET /repos/ada/homelab: 403 token does not have at least one of required scope(s), required=[read:repository], token scope=read:misc
        give a token that may read ada/homelab: http://HOST/user/settings/applications
    # public only
    Fail token/scopes: its scopes are read:misc: without write:repository bootstrap cannot write to the repository
        add the scope write:repository at http://HOST/user/settings/applications
    Unknown owner/exists: GET /orgs/ada: 403 token does not have at least one of required scope(s), required=[read:organization], token scope=write:repository
    Fail repository/exists: GET /repos/ada/homelab: 403 token scope is limited to public repos
        give a token that may read ada/homelab: http://HOST/user/settings/applications
    # all scopes, but no administrator
    Unknown token/scopes: Gitea does not list that; proven is that it may see the repository; whether it may add a deploy key is known only once it tries
    Fail repository/role: the user of the token may write, but deploy keys take an administrator
        an administrator raises the role at http://HOST/ada/homelab/settings/collaboration, or use `--token-auth`, for which writing is enough
    Fail repository/push: it may not, as the git server says when it is asked for git-receive-pack
        the token needs the scope write:repository: http://HOST/user/settings/applications
    Fail key/list: GET /repos/ada/homelab/keys: 403 user should be an owner or a collaborator with admin write of a repository
        it takes an administrator of the repository (http://HOST/ada/homelab/settings/collaboration), and a token with the scope write:repository (http://HOST/user/settings/applications)
    # archived, and written in another way
    Unknown token/scopes: Gitea does not list that; proven is that it may see the repository; whether it may add a deploy key is known only once it tries
    Warn owner/exists: the server writes Ada, the plan says ada: flux compares letter by letter when it has to make the repository
        `--owner=Ada`
    Fail repository/archived: Ada/homelab is archived: every push is refused
        unarchive it under http://HOST/ada/homelab/settings
    Fail repository/role: the user of the token may write, but deploy keys take an administrator
        an administrator raises the role at http://HOST/ada/homelab/settings/collaboration, or use `--token-auth`, for which writing is enough
    Fail repository/push: it may not, as the git server says when it is asked for git-receive-pack
        the token needs the scope write:repository: http://HOST/user/settings/applications
    Fail key/list: GET /repos/ada/homelab/keys: 403 user should be an owner or a collaborator with admin write of a repository
        it takes an administrator of the repository (http://HOST/ada/homelab/settings/collaboration), and a token with the scope write:repository (http://HOST/user/settings/applications)
    # not there
    Unknown token/scopes: Gitea does not list that; nothing is proven; whether it may add a deploy key is known only once it tries
    Unknown owner/exists: GET /orgs/ada: 403 token does not have at least one of required scope(s), required=[read:organization], token scope=write:repository
    Fail repository/exists: Gitea answers 404 for ada/homelab: it is not there, or the token may not see it, which looks the same; flux takes it for missing and would try to make it
        give the token access at http://HOST/user/settings/applications; if it really is not there: make it at http://HOST
    ");
}

#[test]
fn gitea_protects_branches() {
    let server = gitea::start();
    let title = "flux-system-main-flux-system-./clusters/home";
    let many: Vec<_> = (1..=50).map(|id| (id, "another", true)).collect();
    let keys = format!("{}/keys", gitea::REPOSITORY);
    server.on(
        &format!("{keys}?limit=50&page=1"),
        gitea::keys(&many).header("X-Total-Count", "51"),
    );
    server.on(
        &format!("{keys}?limit=50&page=2"),
        gitea::keys(&[(51, title, false)]).header("X-Total-Count", "51"),
    );
    let branch = format!("{}/branches/main", gitea::REPOSITORY);
    let mut text = String::new();
    for (ours, user_can_push) in [
        (json!({}), false),
        (json!({"enable_push": true}), true),
        (
            json!({"enable_push": true, "enable_push_whitelist": true}),
            true,
        ),
        (
            json!({"enable_push": true, "enable_push_whitelist": true, "push_whitelist_deploy_keys": true}),
            true,
        ),
        (
            json!({"enable_push": true, "require_signed_commits": true}),
            true,
        ),
        (
            json!({"enable_push": true, "protected_file_patterns": "clusters/**"}),
            true,
        ),
    ] {
        server.on(
            &branch,
            Reply::json(200, &gitea::branch("ma*", user_can_push)),
        );
        let rules = json!([
            gitea::protection("dev", json!({})),
            gitea::protection("ma*", ours)
        ]);
        server.on(
            &format!("{}/branch_protections", gitea::REPOSITORY),
            Reply::json(200, &rules),
        );
        let plan = plan(Forge::Gitea, &server.host, "ada/homelab");
        let found = with_automation(plan, &token(gitea::TOKEN));
        text.push_str(&only("branch/protection", &found));
        assert!(found.contains("there are 51 keys"), "{found}");
    }
    let refusal = "user should be an owner or a collaborator with admin write of a repository";
    server.on(
        &format!("{}/branch_protections", gitea::REPOSITORY),
        gitea::error(403, refusal),
    );
    text.push_str(&only("branch/protection", &of_gitea(&server)));
    assert_snapshot!(text, @r#"
    Fail branch/protection: the branch protection "ma*" (push is disabled) refuses commits that are pushed straight to the branch, which stops commits of bootstrap and of ImageUpdateAutomation flux-system/images (clusters/home/images.yaml:1)
        let deploy keys and the user of the token bypass it at http://HOST/ada/homelab/settings/branches, or use another branch with `--branch`
    Pass branch/protection: no rule stands in the way
    Fail branch/protection: the branch protection "ma*" (push is for a list) refuses commits that are pushed straight to the branch, which stops commits of ImageUpdateAutomation flux-system/images (clusters/home/images.yaml:1)
        let deploy keys and the user of the token bypass it at http://HOST/ada/homelab/settings/branches, or use another branch with `--branch`
    Pass branch/protection: the branch protection "ma*" (push is for a list) refuses commits that are pushed straight to the branch, but lets commits of bootstrap and of ImageUpdateAutomation flux-system/images (clusters/home/images.yaml:1) through
    Fail branch/protection: the branch protection "ma*" (signed commits) refuses commits that are not signed, which stops commits of bootstrap and of ImageUpdateAutomation flux-system/images (clusters/home/images.yaml:1)
        sign: `--gpg-key-ring` of flux bootstrap, and `spec.git.commit.signingKey` of each ImageUpdateAutomation; or add a bypass at http://HOST/ada/homelab/settings/branches
    Warn branch/protection: the branch protection "ma*" (protected files) asks of the paths of the files: not clusters/**, which commits of bootstrap and of ImageUpdateAutomation flux-system/images (clusters/home/images.yaml:1) may not fulfil
        bootstrap writes to ./clusters/home/flux-system: take that out of the rule at http://HOST/ada/homelab/settings/branches
    Unknown branch/protection: the branch protection (protection): what it asks for is not shown to this token
        look at http://HOST/ada/homelab/settings/branches as an administrator
    "#);
}

#[test]
fn gitlab_where_all_is_well() {
    let server = gitlab::start();
    assert_snapshot!(of_gitlab(&server), @r#"
    Pass token/present: taken from TOKEN_FILE
    Pass token/kind: a personal, project or group access token
    Pass token/valid: it belongs to me
    Pass token/owner: team/infra is a group, for which me acts
    Pass token/scopes: its scopes are api
    Pass token/expiry: until 2027-06-01, 192 days
    Pass owner/exists: team/infra is an organisation or group
    Pass repository/exists: team/infra/home, private
    Pass repository/archived: it is not archived
    Pass repository/role: me is a Maintainer
    Pass repository/push: it may, as the git server says when it is asked for git-receive-pack
    Pass key/list: there is none
    Pass key/present: no key is called "flux-system-main-flux-system-./clusters/home": bootstrap makes it
    Unknown key/matches-cluster: not asked in this test
    Pass branch/exists: main, at 7b5c3cc8
    Pass branch/protection: no rule stands in the way
    "#);
    assert_snapshot!(server.asked().join("\n"), @"
    GET /api/v4/groups/team%2Finfra?with_projects=false
    GET /api/v4/personal_access_tokens/self
    GET /api/v4/projects/team%2Finfra%2Fhome
    GET /api/v4/projects/team%2Finfra%2Fhome/deploy_keys?per_page=100
    GET /api/v4/projects/team%2Finfra%2Fhome/repository/branches/main
    GET /api/v4/user
    GET /api/v4/users?username=team%2Finfra
    GET /team/infra/home.git/info/refs?service=git-receive-pack
    ");
}

#[test]
fn gitlab_refuses() {
    let server = gitlab::start();
    let mut text = String::new();
    let mut note = |what: &str| {
        text.push_str(&format!("# {what}\n{}", troubles(&of_gitlab(&server))));
    };
    server.on(
        gitlab::SELF,
        Reply::json(
            200,
            &gitlab::access_token(&["read_api", "write_repository"], None),
        ),
    );
    server.on(gitlab::PROJECT, Reply::json(200, &gitlab::project(30)));
    let forbidden = Reply::json(403, &json!({"message": "403 Forbidden"}));
    server.on(&format!("{}/deploy_keys", gitlab::PROJECT), forbidden);
    note("a Developer with read_api");
    let scope = json!({
        "error": "insufficient_scope",
        "error_description": "The request requires higher privileges than provided by the access token.",
        "scope": "api read_api",
    });
    server.on(gitlab::PROJECT, Reply::json(403, &scope));
    note("another scope");
    server.on(
        gitlab::PROJECT,
        Reply::json(404, &json!({"message": "404 Project Not Found"})),
    );
    note("not there");
    let limit = Reply::json(429, &json!({"message": "429 Too Many Requests"}));
    server.on(
        "/api/v4/user",
        limit
            .header("RateLimit-Reset", "1795220000")
            .header("Retry-After", "60"),
    );
    note("too much was asked");
    assert_snapshot!(text, @"
    # a Developer with read_api
    Fail token/scopes: its scopes are read_api, write_repository: without api bootstrap cannot write to the repository
        add the scope api at http://HOST/-/user_settings/personal_access_tokens
    Fail repository/role: me is a Developer, but deploy keys take a Maintainer
        an administrator raises the role at http://HOST/team/infra/home/-/project_members, or use `--token-auth`, for which writing is enough
    Fail key/list: GET /projects/team%2Finfra%2Fhome/deploy_keys: 403 Forbidden
        it takes a Maintainer, and a token with the scope api: http://HOST/-/user_settings/personal_access_tokens
    # another scope
    Fail token/scopes: GET /projects/team%2Finfra%2Fhome: 403 The request requires higher privileges than provided by the access token: it lacks api read_api
        make one with more scopes at http://HOST/-/user_settings/personal_access_tokens
    Fail repository/exists: GET /projects/team%2Finfra%2Fhome: 403 The request requires higher privileges than provided by the access token
        give a token that may read team/infra/home: http://HOST/-/user_settings/personal_access_tokens
    # not there
    Fail token/scopes: its scopes are read_api, write_repository: without api bootstrap cannot write to the repository
        add the scope api at http://HOST/-/user_settings/personal_access_tokens
    Fail repository/exists: GitLab answers 404 for team/infra/home: it is not there, or the token may not see it, which looks the same; flux takes it for missing and would try to make it
        give the token access at http://HOST/-/user_settings/personal_access_tokens; if it really is not there: make it at http://HOST
    # too much was asked
    Unknown token/valid: GET /user: 429 Too Many Requests
        ask again after 2026-11-21 00:13 UTC
    Unknown owner/exists: nothing more is asked after GET /user: 429 Too Many Requests
    Unknown repository/exists: nothing more is asked after GET /user: 429 Too Many Requests
    ");

    let deploy = token("gldt-s3cretS3cretS3cret");
    let plan = plan(Forge::GitLab, &server.host, "team/infra/home");
    let shown = judged(plan, Some(&deploy));
    assert_snapshot!(troubles(&shown), @"
    Fail token/kind: a deploy token, which GitLab's API does not take
        make a personal access token at http://HOST/-/user_settings/personal_access_tokens
    Fail token/valid: GET /user: 401 Unauthorized
        make a new one at http://HOST/-/user_settings/personal_access_tokens; nothing else was asked with this one, for many wrong tries lock everybody out
    Unknown owner/exists: nothing more is asked after GET /user: 401 Unauthorized
    Unknown repository/exists: nothing more is asked after GET /user: 401 Unauthorized
    ");
}

#[test]
fn gitlab_protects_branches() {
    let server = gitlab::start();
    let title = "flux-system-main-flux-system-./clusters/home";
    let keys = json!([gitlab::key(5, title, true)]);
    server.on(
        &format!("{}/deploy_keys", gitlab::PROJECT),
        Reply::json(200, &keys),
    );
    let branch = format!("{}/repository/branches/main", gitlab::PROJECT);
    let mut text = String::new();
    for (rules, can_push) in [
        (json!([gitlab::protected("main", &[])]), true),
        (
            json!([
                gitlab::protected("ma*", &[5]),
                gitlab::protected("dev", &[])
            ]),
            true,
        ),
        (json!([gitlab::protected("*", &[5])]), false),
    ] {
        server.on(&branch, Reply::json(200, &gitlab::branch(true, can_push)));
        server.on(
            &format!("{}/protected_branches", gitlab::PROJECT),
            Reply::json(200, &rules),
        );
        let plan = plan(Forge::GitLab, &server.host, "team/infra/home");
        let found = with_automation(plan, &token(gitlab::TOKEN));
        text.push_str(&only("branch/protection", &found));
    }
    assert_snapshot!(text, @r#"
    Fail branch/protection: the protected branch "main" (push is for Maintainers) refuses commits that are pushed straight to the branch, which stops commits of ImageUpdateAutomation flux-system/images (clusters/home/images.yaml:1)
        let deploy keys and the user of the token bypass it at http://HOST/team/infra/home/-/settings/repository#js-protected-branches-settings, or use another branch with `--branch`
    Pass branch/protection: the protected branch "ma*" (push is for Maintainers, flux) refuses commits that are pushed straight to the branch, but lets commits of bootstrap and of ImageUpdateAutomation flux-system/images (clusters/home/images.yaml:1) through
    Fail branch/protection: the protected branch "*" (push is for Maintainers, flux) refuses commits that are pushed straight to the branch, which stops commits of bootstrap
        let deploy keys and the user of the token bypass it at http://HOST/team/infra/home/-/settings/repository#js-protected-branches-settings, or use another branch with `--branch`
    "#);
}

#[test]
fn plain_git_over_http() {
    let id = "0123456789abcdef0123456789abcdef01234567";
    let upload = |branch: &str| {
        let line = format!("{id} refs/heads/{branch}\0agent=git\n");
        let body = format!(
            "001e# service=git-upload-pack\n0000{:04x}{line}0000",
            line.len() + 4
        );
        Reply::raw(200, body)
    };
    let server = Server::start(Reply::raw(404, "nothing here"), None);
    let info = "/srv/home.git/info/refs";
    server.on(&format!("{info}?service=git-upload-pack"), upload("main"));
    server.on(
        &format!("{info}?service=git-receive-pack"),
        github::receive_pack(),
    );
    let judge = || {
        let mut plan = plan(Forge::Git, &server.host, "x/home");
        plan.owner.value.clear();
        plan.url = format!("http://ignored:pw@{}/srv/home.git", server.host);
        judged(plan, Some(&token("a-password-s3cret")))
    };
    assert_snapshot!(judge(), @"
    Pass token/present: taken from TOKEN_FILE
    Pass repository/push: it may, as the git server says when it is asked for git-receive-pack
    Pass branch/exists: main, at 01234567
    ");
    server.on(&format!("{info}?service=git-upload-pack"), upload("trunk"));
    server.on(
        &format!("{info}?service=git-receive-pack"),
        Reply::raw(403, "no"),
    );
    assert_snapshot!(judge(), @r#"
    Pass token/present: taken from TOKEN_FILE
    Fail repository/push: it may not, as the git server says when it is asked for git-receive-pack
        see that the user may write, with `git push --dry-run`
    Fail branch/exists: there is no main: flux cannot clone it ("couldn't find remote ref refs/heads/main")
        `git push origin HEAD:main`
    "#);
    server.on(
        &format!("{info}?service=git-upload-pack"),
        Reply::raw(200, "<html>"),
    );
    server.on(
        &format!("{info}?service=git-receive-pack"),
        Reply::raw(500, "no"),
    );
    assert_snapshot!(judge(), @"
    Pass token/present: taken from TOKEN_FILE
    Unknown repository/push: GET /srv/home.git/info/refs: 500
    Unknown branch/exists: GET /srv/home.git/info/refs: the answer is not that of a git server
    ");
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.method == "GET")
    );
}
