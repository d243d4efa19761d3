//! 100,000 tags through the exclusion list, the filter, the template and a semver range.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use homelab::image::{PolicyChoice, TagFilterSpec, TagOrder, TagPolicy, TagPolicySpec};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TAGS: usize = 100_000;

/// Makes different tags, two thirds of them with a build number, as a registry gives them: in no order that matters.
fn tags() -> Vec<String> {
    let tag = |n: usize| {
        let (major, minor, patch) = (n * 7 % 41, n * 31 % 61, n * 17 % 59);
        match n % 3 {
            0 => format!("v{major}.{minor}.{}", n / 3),
            _ => format!("v{major}.{minor}.{patch}-build.{n}"),
        }
    };
    (0..TAGS).map(tag).collect()
}

fn policy(pattern: &str, extract: &str) -> TagPolicySpec {
    TagPolicySpec {
        choice: Some(PolicyChoice::SemVer {
            range: ">=1.0.0 <30.0.0".to_owned(),
        }),
        filter: Some(TagFilterSpec {
            pattern: pattern.to_owned(),
            extract: extract.to_owned(),
        }),
        exclusions: Vec::new(),
    }
}

fn select_tags(criterion: &mut Criterion) {
    let tags = tags();
    let mut group = criterion.benchmark_group("select_tags");
    group.throughput(Throughput::Elements(TAGS as u64));
    group.sample_size(20);
    let patterns = [
        (
            "filter, extract, semver",
            r"^v(?P<v>[0-9]+\.[0-9]+\.[0-9]+)(-build\.[0-9]+)?$",
            "$v",
        ),
        ("prefix, extract, semver", "^v(.*)$", "$1"),
    ];
    for (name, pattern, extract) in patterns {
        let spec = policy(pattern, extract);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let policy = TagPolicy::new(&spec);
                let selection = policy.select(tags.iter().map(String::as_str), TagOrder::Scanned);
                assert_eq!(selection.tags.len(), TAGS);
                selection.winner.is_some()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, select_tags);
criterion_main!(benches);
