//! What the server of a repository says before a bootstrap: each refusal has its verdict and a way out.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::forge::github::{self, API, KEY, REPOSITORY};
use crate::support::forge::{
    Reply, Server, TOKEN, facts, gather, judged, kept, only, plan, repository_that, schema, shown,
    token, with_cluster,
};
use homelab::preflight::Forge;

fn checks_of(server: &Server) -> String {
    judged(
        plan(Forge::GitHub, &server.host, "me/home"),
        Some(&token(TOKEN)),
    )
}

/// Returns the checks that are no pass.
fn troubles(server: &Server) -> String {
    let text = checks_of(server);
    assert!(!text.contains("s3cret"));
    kept(&text, |line| !line.starts_with("Pass "))
}

#[test]
fn github_where_all_is_well() {
    let server = github::start();
    assert_snapshot!(checks_of(&server), @r#"
    Pass token/present: taken from TOKEN_FILE
    Pass token/kind: a classic personal access token
    Pass token/valid: it belongs to me
    Pass token/owner: me
    Pass token/scopes: its scopes are read:org, repo
    Pass token/expiry: the server names no end
    Pass owner/exists: me is a user
    Pass repository/exists: me/home, private
    Pass repository/archived: it is not archived
    Pass repository/role: me is an administrator
    Pass repository/push: it may, as the git server says when it is asked for git-receive-pack
    Pass key/list: there is none
    Pass key/present: no key is called "flux-system-main-flux-system-./clusters/home": bootstrap makes it
    Unknown key/matches-cluster: not asked in this test
    Pass branch/exists: main, at 01234567
    Pass branch/protection: no rule stands in the way
    "#);
    assert_snapshot!(server.asked().join("\n"), @"
    GET /api/v3/repos/me/home
    GET /api/v3/repos/me/home/branches/main
    GET /api/v3/repos/me/home/keys?per_page=100
    GET /api/v3/repos/me/home/rules/branches/main?per_page=100
    GET /api/v3/user
    GET /api/v3/users/me
    GET /me/home.git/info/refs?service=git-receive-pack
    ");
    for request in server.requests() {
        assert_eq!(request.method, "GET");
    }
}

#[test]
fn without_a_token_a_public_repository_is_still_seen() {
    let server = github::start();
    server.edit(REPOSITORY, |repository| {
        repository["private"] = json!(false);
        repository.as_object_mut().unwrap().remove("permissions");
    });
    let shown = judged(plan(Forge::GitHub, &server.host, "me/home"), None);
    assert_snapshot!(shown, @r#"
    Fail token/present: there is none: neither --token-from nor GITHUB_TOKEN nor GH_TOKEN gives one
        make one at http://HOST/settings/personal-access-tokens (fine-grained with Administration and Contents "Read and write", or classic with the scope repo); then put it into GITHUB_TOKEN, or say where it is: `--token-from env:NAME|file:PATH|op://VAULT/ITEM/FIELD`
    Pass owner/exists: me is a user
    Pass repository/exists: me/home, public
    Pass repository/archived: it is not archived
    Unknown repository/role: GitHub does not say it here
    Pass branch/exists: main, at 01234567
    Pass branch/protection: no rule stands in the way
    "#);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| !request.headers.contains_key("authorization"))
    );
}

#[test]
fn a_wrong_token_is_sent_once() {
    let server = github::start_for("ghp_another0123456789");
    assert_snapshot!(troubles(&server), @"
    Fail token/valid: GET /user: 401 Bad credentials
        make a new one at http://HOST/settings/tokens; nothing else was asked with this one, for many wrong tries lock everybody out
    Unknown owner/exists: nothing more is asked after GET /user: 401 Bad credentials
    Unknown repository/exists: nothing more is asked after GET /user: 401 Bad credentials
    ");
    assert_eq!(server.asked(), ["GET /api/v3/user"]);
}

#[test]
fn a_private_repository_that_was_not_granted() {
    let server = github::start();
    server.on(REPOSITORY, github::error(404, "Not Found"));
    assert_snapshot!(troubles(&server), @"
    Warn repository/exists: GitHub answers 404 for me/home: flux takes it for missing and would try to make it
        if that is not what you want, look at `git remote -v`; to make it yourself: `gh repo create me/home --private`
    ");
    server.change(&format!("{API}/user"), |user| {
        user.headers.retain(|(name, _)| name != "X-OAuth-Scopes")
    });
    assert_snapshot!(troubles(&server), @r#"
    Unknown token/scopes: GitHub does not list that for this kind of token; nothing is proven; whether it may add a deploy key is known only once it tries
    Fail repository/exists: GitHub answers 404 for me/home: it is not there, or the token may not see it, which looks the same; flux takes it for missing and would try to make it
        give the token access at http://HOST/settings/tokens (with single sign-on: "Configure SSO"); if it really is not there: `gh repo create me/home --private`
    "#);
}

#[test]
fn keys_that_are_not_to_be_seen() {
    let server = github::start();
    let keys = format!("{REPOSITORY}/keys");
    server.on(&keys, github::error(404, "Not Found"));
    assert_snapshot!(troubles(&server), @"
    Fail key/list: GET /repos/me/home/keys: 404 Not Found; GitHub answers so where the user is no administrator
        it takes an administrator of the repository (http://HOST/me/home/settings/access), and a token with the scope repo (http://HOST/settings/tokens)
    ");
    let refusal = github::error(403, "Resource not accessible by personal access token");
    server.on(
        &keys,
        refusal.header("X-Accepted-GitHub-Permissions", "administration=read"),
    );
    assert_snapshot!(troubles(&server), @"
    Fail token/scopes: GET /repos/me/home/keys: 403 Resource not accessible by personal access token: it lacks administration: read
        make one with more scopes at http://HOST/settings/tokens
    Fail key/list: GET /repos/me/home/keys: 403 Resource not accessible by personal access token
        it takes an administrator of the repository (http://HOST/me/home/settings/access), and a token with the scope repo (http://HOST/settings/tokens)
    ");
}

#[test]
fn a_workflow_has_a_token_of_nobody() {
    let value = "ghs_s3cretS3cretS3cretS3cretS3cretS3cret";
    let server = github::start_for(value);
    let refusal = github::error(403, "Resource not accessible by integration");
    server.on(&format!("{API}/user"), refusal.clone());
    let refusal = refusal.header("X-Accepted-GitHub-Permissions", "administration=read");
    server.on(&format!("{REPOSITORY}/keys"), refusal);
    let plan = plan(Forge::GitHub, &server.host, "me/home");
    assert_snapshot!(judged(plan, Some(&token(value))), @"
    Pass token/present: taken from TOKEN_FILE
    Pass token/kind: the token of an app, such as the GITHUB_TOKEN of a workflow; deploy keys that it makes stay when it ends
    Pass token/valid: the server answers it; it belongs to no user that it could name
    Fail token/scopes: GET /repos/me/home/keys: 403 Resource not accessible by integration: it lacks administration: read
        the GITHUB_TOKEN of a workflow cannot have the permission Administration: give a personal access token
    Pass owner/exists: me is a user
    Pass repository/exists: me/home, private
    Pass repository/archived: it is not archived
    Pass repository/push: it may, as the git server says when it is asked for git-receive-pack
    Fail key/list: GET /repos/me/home/keys: 403 Resource not accessible by integration
        the GITHUB_TOKEN of a workflow cannot have the permission Administration: give a personal access token
    Pass branch/exists: main, at 01234567
    Pass branch/protection: no rule stands in the way
    ");
    assert!(!server.asked().contains(&"GET /api/v3/user".to_owned()));
}

#[test]
fn a_fine_grained_token_is_never_proven() {
    let value = "github_pat_s3cretS3cretS3cretS3cretS3cretS3cret";
    let server = github::start_for(value);
    server.change(&format!("{API}/user"), |user| {
        user.headers.retain(|(name, _)| name != "X-OAuth-Scopes");
        let name = "GitHub-Authentication-Token-Expiration";
        user.headers
            .push((name.to_owned(), "2026-11-30 09:00:00 UTC".to_owned()));
    });
    let judge = || {
        let plan = plan(Forge::GitHub, &server.host, "me/home");
        judged(plan, Some(&token(value)))
    };
    assert_snapshot!(judge(), @r#"
    Pass token/present: taken from TOKEN_FILE
    Pass token/kind: a fine-grained personal access token
    Pass token/valid: it belongs to me
    Pass token/owner: me
    Unknown token/scopes: GitHub does not list that for this kind of token; proven is that it may see the repository, list its deploy keys, push; whether it may add a deploy key is known only once it tries
    Warn token/expiry: it ends on 2026-11-30, in 9 days; the cluster does not need it afterwards, but the next bootstrap does
        make a new one, or a longer one, at http://HOST/settings/personal-access-tokens
    Pass owner/exists: me is a user
    Pass repository/exists: me/home, private
    Pass repository/archived: it is not archived
    Pass repository/role: me is an administrator
    Pass repository/push: it may, as the git server says when it is asked for git-receive-pack
    Pass key/list: there is none
    Pass key/present: no key is called "flux-system-main-flux-system-./clusters/home": bootstrap makes it
    Unknown key/matches-cluster: not asked in this test
    Pass branch/exists: main, at 01234567
    Pass branch/protection: no rule stands in the way
    "#);
    server.on(
        "/me/home.git/info/refs",
        Reply::raw(403, "Write access to repository not granted."),
    );
    server.edit(REPOSITORY, |repository| {
        repository["permissions"] = json!({"admin": false, "push": true, "pull": true});
        repository["archived"] = json!(true);
    });
    let shown = judge();
    let about =
        |line: &&str| line.contains("push") || line.contains("role") || line.contains("archived");
    let lines: Vec<_> = shown.lines().filter(about).collect();
    assert_snapshot!(lines.join("\n"), @"
    Fail repository/archived: me/home is archived: every push is refused
    Fail repository/role: me may write, but deploy keys take an administrator
        an administrator raises the role at http://HOST/me/home/settings/access, or use `--token-auth`, for which writing is enough
    Fail repository/push: it may not, as the git server says when it is asked for git-receive-pack
    ");
}

#[test]
fn a_token_that_may_too_little_or_ends() {
    let server = github::start();
    let mut all = String::new();
    for (scopes, end) in [
        ("public_repo", "2026-11-21 10:00:00 +0000"),
        ("", "2020-01-01 00:00:00 UTC"),
        ("repo", "2027-11-21 10:00:00 +0100"),
    ] {
        server.change(&format!("{API}/user"), |user| {
            user.headers = vec![
                ("X-OAuth-Scopes".to_owned(), scopes.to_owned()),
                (
                    "GitHub-Authentication-Token-Expiration".to_owned(),
                    end.to_owned(),
                ),
            ];
        });
        let shown = checks_of(&server);
        all.push_str(&only("token/scopes", &shown));
        all.push_str(&only("token/expiry", &shown));
    }
    assert_snapshot!(all, @"
    Fail token/scopes: its scopes are public_repo: without repo bootstrap cannot write to the repository
        add the scope repo at http://HOST/settings/tokens
    Warn token/expiry: it ends on 2026-11-21, in 0 days; the cluster does not need it afterwards, but the next bootstrap does
        make a new one, or a longer one, at http://HOST/settings/tokens
    Fail token/scopes: it has no scope at all: without repo bootstrap cannot write to the repository
        add the scope repo at http://HOST/settings/tokens
    Fail token/expiry: it ended on 2020-01-01
        make a new one, or a longer one, at http://HOST/settings/tokens
    Pass token/scopes: its scopes are repo
    Pass token/expiry: until 2027-11-21, 365 days
    ");
}

#[test]
fn single_sign_on_has_an_address() {
    let server = github::start();
    let url = "https://github.com/orgs/acme/sso?authorization_request=AZSCKtL4";
    let refusal = github::error(
        403,
        "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.",
    );
    server.on(
        REPOSITORY,
        refusal.header("X-GitHub-SSO", &format!("required; url={url}")),
    );
    assert_snapshot!(troubles(&server), @"
    Fail repository/exists: GET /repos/me/home: 403 Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization
        authorise the token for single sign-on: https://github.com/orgs/acme/sso?authorization_request=AZSCKtL4 (the address is good for an hour)
    ");
}

#[test]
fn nothing_is_asked_after_a_limit() {
    let server = github::start();
    let limit = github::error(403, "API rate limit exceeded for user ID 1.");
    let limit = limit.header("X-RateLimit-Remaining", "0");
    server.on(
        &format!("{API}/user"),
        limit.header("X-RateLimit-Reset", "1795220000"),
    );
    assert_snapshot!(troubles(&server), @"
    Unknown token/valid: GET /user: 403 API rate limit exceeded for user ID 1
        ask again after 2026-11-21 00:13 UTC
    Unknown owner/exists: nothing more is asked after GET /user: 403 API rate limit exceeded for user ID 1
    Unknown repository/exists: nothing more is asked after GET /user: 403 API rate limit exceeded for user ID 1
    ");
    assert_eq!(server.asked(), ["GET /api/v3/user"]);
}

#[test]
fn owners_are_compared_letter_by_letter() {
    let server = github::start();
    for path in [REPOSITORY, "/api/v3/users/me"] {
        let reply = server.reply_to(path);
        server.on(&path.replace("/me", "/Me"), reply);
    }
    let judge = |name: &str| {
        let text = judged(plan(Forge::GitHub, &server.host, name), Some(&token(TOKEN)));
        let about = |line: &&str| line.contains("owner") || line.contains("repository/exists");
        text.lines().filter(about).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(judge("Me/home"), @"
    Pass token/owner: me
    Warn owner/exists: the server writes me, the plan says Me: flux compares letter by letter when it has to make the repository
        `--owner=me`
    Pass repository/exists: me/home, private
    ");
    assert_snapshot!(judge("Me/other"), @"
    Pass token/owner: me
    Fail owner/exists: the server writes me, the plan says Me: flux compares letter by letter when it has to make the repository
        `--owner=me`
    Fail repository/exists: GitHub answers 404 for Me/other: it is not there, or the token may not see it, which looks the same; flux takes it for missing and would try to make it
    ");
    assert_snapshot!(judge("you@example.com/home"), @"
    Fail owner/exists: you@example.com is an address, and no name of an account
        give the name of the account with `--owner`
    Fail repository/exists: GitHub answers 404 for you@example.com/home: it is not there, or the token may not see it, which looks the same; flux takes it for missing and would try to make it
    ");
    server.on(
        "/api/v3/users/you",
        Reply::json(200, &github::account("you", "User")),
    );
    assert_snapshot!(judge("you/home"), @r#"
    Fail token/owner: it belongs to me, and you/home to you: flux would refuse to make the repository ("the specified owner doesn't match the identity")
    Pass owner/exists: you is a user
    Fail repository/exists: GitHub answers 404 for you/home: it is not there, or the token may not see it, which looks the same; flux takes it for missing and would try to make it
    "#);
    server.on(
        "/api/v3/users/acme",
        Reply::json(200, &github::account("acme", "Organization")),
    );
    server.on(
        "/api/v3/repos/acme/home",
        Reply::json(200, &github::repository("acme/home", "Organization")),
    );
    assert_snapshot!(judge("acme/home"), @"
    Pass token/owner: acme is an organisation, for which me acts
    Pass owner/exists: acme is an organisation or group
    Pass repository/exists: acme/home, private
    ");
}

#[test]
fn a_repository_that_moved_keeps_its_token() {
    let server = github::start();
    let to = format!("{API}/repositories/7");
    server.on(REPOSITORY, Reply::moved(301, &to));
    server.on(
        &to,
        Reply::json(200, &github::repository("me/cluster", "User")),
    );
    let shown = troubles(&server);
    assert_snapshot!(shown, @"
    Warn repository/exists: me/home has moved to me/cluster; the old name works until somebody takes it
        `--owner=me --repository=cluster`, and `git remote set-url` with the new address
    Unknown key/matches-cluster: not asked in this test
    ");
    let requests = server.requests();
    let followed = requests
        .iter()
        .find(|request| request.target == to)
        .unwrap();
    assert!(followed.headers.contains_key("authorization"));
}

#[test]
fn branches_and_rules() {
    let server = github::start();
    let branch = format!("{REPOSITORY}/branches/main");
    server.on(&branch, github::error(404, "Branch not found"));
    assert_snapshot!(troubles(&server), @r#"
    Unknown key/matches-cluster: not asked in this test
    Fail branch/exists: there is no main: flux cannot clone it ("couldn't find remote ref refs/heads/main")
        `git push origin HEAD:main`
    "#);
    server.on(
        &format!("{REPOSITORY}/commits"),
        github::error(409, "Git Repository is empty."),
    );
    assert_snapshot!(troubles(&server), @"
    Unknown key/matches-cluster: not asked in this test
    ");

    server.on(&branch, Reply::json(200, &github::branch("main", true)));
    let pattern = json!({"operator": "starts_with", "pattern": "fix:"});
    let rules = json!([
        github::rule(
            "pull_request",
            1,
            Some(json!({"required_approving_review_count": 1}))
        ),
        github::rule("required_signatures", 1, None),
        github::rule("commit_message_pattern", 2, Some(pattern)),
        github::rule("non_fast_forward", 2, None),
        github::rule("deletion", 2, None),
        github::rule("creation", 2, None),
        github::rule("update", 3, None),
        github::rule("rule_of_tomorrow", 3, None),
    ]);
    server.on(
        &format!("{REPOSITORY}/rules/branches/main"),
        Reply::json(200, &rules),
    );
    let ruleset = |id: u32, name: &str, actors: &[&str], user: &str| {
        let reply = Reply::json(200, &github::ruleset(id, name, actors, user));
        server.on(&format!("{REPOSITORY}/rulesets/{id}"), reply);
    };
    ruleset(1, "main", &["DeployKey"], "never");
    ruleset(2, "messages", &["DeployKey", "RepositoryRole"], "always");
    assert_snapshot!(troubles(&server), @r#"
    Unknown key/matches-cluster: not asked in this test
    Fail branch/protection: ruleset "main" of the repository (pull_request) refuses commits that are pushed straight to the branch, which stops commits of bootstrap
        let deploy keys and the user of the token bypass it at http://HOST/me/home/settings/rules, or use another branch with `--branch`
    Fail branch/protection: ruleset "main" of the repository (required_signatures) refuses commits that are not signed, which stops commits of bootstrap
        sign: `--gpg-key-ring` of flux bootstrap, and `spec.git.commit.signingKey` of each ImageUpdateAutomation; or add a bypass at http://HOST/me/home/settings/rules
    Unknown branch/protection: ruleset 3 of the repository (update) refuses commits that are pushed straight to the branch; whether commits of bootstrap are let through is not shown to this token
        let deploy keys and the user of the token bypass it at http://HOST/me/home/settings/rules, or use another branch with `--branch`
    Unknown branch/protection: ruleset 3 of the repository (rule_of_tomorrow): what it asks for is not shown to this token
        look at http://HOST/me/home/settings/rules as an administrator
    "#);

    server.on(
        &format!("{REPOSITORY}/rules/branches/main"),
        Reply::json(200, &json!([])),
    );
    let protection = format!("{branch}/protection");
    server.on(
        &protection,
        github::error(403, "Resource not accessible by personal access token"),
    );
    assert_snapshot!(troubles(&server), @"
    Unknown key/matches-cluster: not asked in this test
    Unknown branch/protection: the branch protection (protection): what it asks for is not shown to this token
        look at http://HOST/me/home/settings/branches as an administrator
    ");
    let enforced = |on: bool| {
        let reviews = json!({"url": "text", "dismiss_stale_reviews": false, "require_code_owner_reviews": false});
        github::protection(json!({
            "enforce_admins": {"url": "text", "enabled": on},
            "required_pull_request_reviews": reviews,
            "required_signatures": {"url": "text", "enabled": true},
            "lock_branch": {"enabled": false},
        }))
    };
    server.on(&protection, Reply::json(200, &enforced(true)));
    assert_snapshot!(troubles(&server), @"
    Unknown key/matches-cluster: not asked in this test
    Fail branch/protection: the branch protection (pull_request) refuses commits that are pushed straight to the branch, which stops commits of bootstrap
        let deploy keys and the user of the token bypass it at http://HOST/me/home/settings/branches, or use another branch with `--branch`
    Fail branch/protection: the branch protection (required_signatures) refuses commits that are not signed, which stops commits of bootstrap
        sign: `--gpg-key-ring` of flux bootstrap, and `spec.git.commit.signingKey` of each ImageUpdateAutomation; or add a bypass at http://HOST/me/home/settings/branches
    ");
    server.on(&protection, Reply::json(200, &enforced(false)));
    assert_snapshot!(troubles(&server), @"
    Unknown key/matches-cluster: not asked in this test
    ");
}

#[test]
fn what_is_no_answer_has_a_reason() {
    let server = github::start();
    let page = "<!doctype html><title>Sign in</title>";
    let huge = vec![b' '; (4 << 20) + 1];
    let cut = Reply {
        cut: Some(10),
        ..Reply::json(200, &github::repository("me/home", "User"))
    };
    let elsewhere = Reply::moved(302, "https://auth.example.com/?rd=x");
    let circle = Reply::moved(302, REPOSITORY);
    let leak = github::error(422, &format!("what is {TOKEN}?"));
    let odd = json!({"full_name": 7, "private": "yes"});
    let mut text = String::new();
    for reply in [
        Reply::raw(200, page),
        Reply::raw(502, page),
        Reply::raw(200, huge),
        Reply::raw(200, "{\"full_name\""),
        Reply::json(200, &odd),
        Reply::json(200, &json!([])),
        Reply::raw(200, vec![0xff, 0xfe]),
        cut,
        elsewhere,
        circle,
        leak,
        Reply::raw(503, "").header("Retry-After", "3600"),
        github::error(429, "slow").header("Retry-After", "60"),
    ] {
        server.on(REPOSITORY, reply);
        let found = troubles(&server);
        text.push_str(&found);
        assert!(found.matches("repository/exists").count() == 1, "{found}");
    }
    assert_snapshot!(text.replace(&server.host, "HOST"), @"
    Unknown repository/exists: GET /repos/me/home: the answer is a web page and not JSON: is a login page, or another server, in front of the API?
    Unknown repository/exists: GET /repos/me/home: 502 (a web page)
    Unknown repository/exists: http://HOST/api/v3/repos/me/home: the answer is larger than 4 MB
    Unknown repository/exists: GET /repos/me/home: the answer is not JSON (line 1)
    Unknown repository/exists: GET /repos/me/home: the answer lacks what its description promises
    Unknown repository/exists: GET /repos/me/home: the answer lacks what its description promises
    Unknown repository/exists: GET /repos/me/home: the answer is not JSON (line 1)
    Unknown repository/exists: GET /repos/me/home: the answer breaks off: end of file before message length reached
        see that HOST is the right server, and can be reached from here
    Unknown repository/exists: GET /repos/me/home: redirected to https://auth.example.com/, another server: is a login page in front of the API, or is this its old address?
    Unknown repository/exists: GET /repos/me/home: redirected in a circle
    Unknown repository/exists: GET /repos/me/home: 422 what is ***?
    Unknown repository/exists: GET /repos/me/home: 503
    Unknown repository/exists: GET /repos/me/home: 429 slow
        ask again in a few minutes
    ");
}

#[test]
fn keys_are_compared_with_the_cluster() {
    let server = github::start();
    let title = "flux-system-main-flux-system-./clusters/home";
    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJOTHER me@desk";
    let first = format!("{REPOSITORY}/keys?per_page=100");
    let next = format!(
        "<http://{}{REPOSITORY}/keys?per_page=100&page=2>; rel=\"next\"",
        server.host
    );
    let keys = json!([github::key(1, "desk", other, false)]);
    server.on(&first, Reply::json(200, &keys).header("Link", &next));
    let keys = |read_only: bool, enabled: bool| {
        let mut key = github::key(2, title, KEY, read_only);
        key["enabled"] = json!(enabled);
        Reply::json(200, &json!([key]))
    };
    let second = format!("{REPOSITORY}/keys?per_page=100&page=2");
    let judge = |public: Option<&str>, pushes: bool| {
        let plan = plan(Forge::GitHub, &server.host, "me/home");
        let forge = gather(&plan, Some(&token(TOKEN)));
        let mut facts = with_cluster(facts(plan, forge), public);
        facts.repository = Ok(repository_that(pushes));
        let shown = shown(&homelab::preflight::judge(&facts));
        only("key/", &shown.replace(&server.host, "HOST"))
    };
    server.on(&second, keys(true, true));
    assert_snapshot!(judge(Some(KEY), false), @r#"
    Pass key/list: there are 2 keys
    Pass key/present: "flux-system-main-flux-system-./clusters/home" is there (number 2, may only read, made 2026-05-01, last used 2026-11-20)
    Pass key/matches-cluster: it is "flux-system-main-flux-system-./clusters/home" (number 2, may only read, made 2026-05-01, last used 2026-11-20)
    Pass key/read-only: it may only read, and nothing here pushes
    Pass key/enabled: those that are there are enabled
    Pass key/shared-title: the one that is there is this cluster's
    "#);
    assert_snapshot!(judge(Some(KEY), true), @r#"
    Pass key/list: there are 2 keys
    Pass key/present: "flux-system-main-flux-system-./clusters/home" is there (number 2, may only read, made 2026-05-01, last used 2026-11-20)
    Pass key/matches-cluster: it is "flux-system-main-flux-system-./clusters/home" (number 2, may only read, made 2026-05-01, last used 2026-11-20)
    Fail key/read-only: "flux-system-main-flux-system-./clusters/home" may only read, but ImageUpdateAutomation flux-system/images (clusters/home/images.yaml:1) pushes ("the key you are authenticating with has been marked as read only")
        a key cannot be changed, and --read-write-key does nothing while the Secret is there: `kubectl -n flux-system delete secret flux-system`, then bootstrap with `--read-write-key`
    Pass key/enabled: those that are there are enabled
    Pass key/shared-title: the one that is there is this cluster's
    "#);
    assert_snapshot!(judge(Some("ssh-ed25519 AAAA"), true), @r#"
    Pass key/list: there are 2 keys
    Pass key/present: "flux-system-main-flux-system-./clusters/home" is there (number 2, may only read, made 2026-05-01, last used 2026-11-20)
    Fail key/matches-cluster: the Secret flux-system/flux-system holds a key (ssh-ed25519) which is none of the 2 deploy keys: the cluster cannot read it, and bootstrap keeps a Secret that is there
        `kubectl -n flux-system delete secret flux-system`, then bootstrap again: it makes a new key; or add the key of the Secret at http://HOST/me/home/settings/keys
    Pass key/enabled: those that are there are enabled
    "#);
    server.on(&second, keys(false, false));
    assert_snapshot!(judge(None, true), @r#"
    Pass key/list: there are 2 keys
    Pass key/present: "flux-system-main-flux-system-./clusters/home" is there (number 2, may write, made 2026-05-01, last used 2026-11-20)
    Fail key/enabled: "flux-system-main-flux-system-./clusters/home" is disabled: me does not allow deploy keys, and a new one is refused (422)
        allow them at http://HOST/me/home/settings/keys, or use `--token-auth`
    Warn key/shared-title: this cluster has no Secret yet, so "flux-system-main-flux-system-./clusters/home" (number 2, may write, made 2026-05-01, last used 2026-11-20) is of another cluster, or of this one before it was set up anew: bootstrap deletes it, and whoever uses it stops syncing
        if another cluster uses it, give this one a `--path` or `--secret-name` of its own; otherwise go on
    "#);
}

#[test]
fn fixtures_are_as_github_describes() {
    let description = schema::description();
    let faults = |schema: &str, object: &serde_json::Value| {
        schema::faults(&description["schemas"][schema], object)
    };
    let server = github::start();
    let mut seen = 0;
    for (path, document) in server.documents() {
        let schema = match path.rsplit('/').next().unwrap() {
            "user" => "private-user",
            "me" => "public-user",
            "home" => "full-repository",
            "main" if path.contains("/branches/main") && !path.contains("rules") => {
                "branch-with-protection"
            }
            _ => continue,
        };
        seen += 1;
        assert_eq!(faults(schema, &document), [""; 0], "{path}");
    }
    assert_eq!(seen, 4);
    let repository = github::repository("me/home", "User");
    assert_eq!(faults("simple-user", &repository["owner"]), [""; 0]);
    assert_eq!(faults("permissions", &repository["permissions"]), [""; 0]);
    assert_eq!(
        faults("deploy-key", &github::key(1, "a", KEY, true)),
        [""; 0]
    );
    let ruleset = github::ruleset(1, "main", &["DeployKey"], "never");
    assert_eq!(faults("repository-ruleset", &ruleset), [""; 0]);
    let actor = &ruleset["bypass_actors"][0];
    assert_eq!(faults("repository-ruleset-bypass-actor", actor), [""; 0]);
    assert_eq!(
        faults("commit", &github::branch("main", true)["commit"]),
        [""; 0]
    );
    let rule = github::rule("update", 1, None);
    let mut info = rule.as_object().unwrap().clone();
    assert!(description["rules"].get("update").is_some());
    info.remove("type");
    assert_eq!(
        faults("repository-rule-ruleset-info", &info.into()),
        [""; 0]
    );
    // The test itself can fail.
    assert_eq!(faults("deploy-key", &json!({"id": "1"})).len(), 7);
}
