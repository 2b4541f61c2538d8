"""Verification, identification and episodes against counts in plain Python; who never meets whom."""

import numpy as np
import pytest

from ccv.embedding import (
    episodes,
    evaluate_identification,
    identify,
    one_shot,
    pair_distances,
    pairs,
    split_identities,
    verify,
)
from ccv.embedding.identification import false_alarms_expected
from ccv.embedding.verification import MOST_PAIRS

PEOPLE = np.repeat(np.arange(12), 5)


def cloud(labels, seed=0, noise=0.4, size=6):
    rng = np.random.default_rng(seed)
    homes = rng.normal(size=(labels.max() + 1, size))
    return homes[labels] + noise * rng.normal(size=(len(labels), size))


# ------------------------------------------------------------------------------------------------- one against one


@pytest.mark.parametrize("seed", range(4))
def test_rates_are_counts(seed):
    rng = np.random.default_rng(seed)
    same = rng.random(60) < 0.4
    far = np.round(np.where(same, rng.normal(1, 0.4, 60), rng.normal(1.6, 0.4, 60)), 1)  # with ties
    judged = verify(far, same)
    for threshold, false, true in zip(judged.thresholds, judged.false_accepts, judged.true_accepts, strict=True):
        assert false == pytest.approx(sum(d <= threshold for d in far[~same]) / (~same).sum())
        assert true == pytest.approx(sum(d <= threshold for d in far[same]) / same.sum())
    wins = [float(a < b) + 0.5 * (a == b) for a in far[same] for b in far[~same]]
    assert judged.area == pytest.approx(np.mean(wins))
    gaps = [(abs(f - (1 - t)), (f + 1 - t) / 2) for f, t in zip(judged.false_accepts, judged.true_accepts, strict=True)]
    assert judged.equal_error_rate == pytest.approx(min(gaps, key=lambda pair: pair[0])[1])
    for limit in (0.0, 0.05, 0.3, 1.0):
        fitting = [t for t, f in zip(judged.thresholds, judged.false_accepts, strict=True) if f <= limit]
        assert judged.threshold_at(limit) == max(fitting)
        assert judged.true_accepts_at(limit) == pytest.approx((far[same] <= max(fitting)).mean())


def test_told_apart_without_an_error():
    judged = verify([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0])
    assert (judged.equal_error_rate, judged.area, judged.equal_threshold) == (0, 1, 0.2)


@pytest.mark.parametrize(
    ("distances", "is_same", "message"),
    [
        ([0.1, 0.2], [1, 1], "all pairs are of the same: both kinds are needed"),
        ([0.1, 0.2], [0, 0], "all pairs are of the others: both kinds are needed"),
        ([0.1, 0.2], [1], r"must be \(pairs,\) both, not \(2,\) and \(1,\)"),
        ([0.1, np.nan], [1, 0], "a distance is not finite"),
    ],
)
def test_bad_pairs(distances, is_same, message):
    with pytest.raises(ValueError, match=message):
        verify(distances, is_same)


def test_share_out_of_range():
    with pytest.raises(ValueError, match="false_accepts=2 must be a number from 0 to 1"):
        verify([0.1, 0.2], [1, 0]).threshold_at(2)


def test_distances_of_all_pairs():
    labels = np.array([0, 0, 1, 2])
    vectors = cloud(labels)
    far, same = pair_distances(vectors, labels)
    wanted = [
        (np.sqrt(((vectors[i] - vectors[j]) ** 2).sum()), labels[i] == labels[j])
        for i in range(4)
        for j in range(i + 1, 4)
    ]
    np.testing.assert_allclose(far, [distance for distance, _ in wanted])
    assert same.tolist() == [bool(equal) for _, equal in wanted]


def test_many_pictures_are_sampled():
    labels = np.repeat(np.arange(60), 4)
    far, same = pair_distances(cloud(labels), labels)
    assert len(far) == MOST_PAIRS
    assert same.mean() == 0.5


# ----------------------------------------------------------------------------------------------------- who is who


@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_on_both_sides(seed):
    known, unseen = split_identities(PEOPLE, unseen=0.3, seed=seed)
    assert not set(PEOPLE[known]) & set(PEOPLE[unseen])
    assert sorted([*known, *unseen]) == list(range(len(PEOPLE)))
    assert len(set(PEOPLE[unseen])) == 4
    for side in (known, unseen):
        index, same = pairs(PEOPLE[side], 200, seed)
        met = side[index]
        assert set(PEOPLE[met].ravel()) <= set(PEOPLE[side])
        assert ((PEOPLE[met[:, 0]] == PEOPLE[met[:, 1]]) == same).all()
        assert (met[:, 0] != met[:, 1]).all()
        assert same.mean() == 0.5


def test_another_seed_meets_others():
    assert split_identities(PEOPLE, seed=0)[1].tolist() != split_identities(PEOPLE, seed=1)[1].tolist()
    np.testing.assert_array_equal(split_identities(PEOPLE, seed=3)[1], split_identities(PEOPLE, seed=3)[1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: split_identities([0, 0, 1, 1, 2, 2], unseen=0.3), "each side needs two at least"),
        (lambda: split_identities([], unseen=0.3), r"labels must be \(pictures,\)"),
        (lambda: split_identities(PEOPLE, unseen=1), "unseen=1 must be a number between 0 and 1"),
        (lambda: pairs([0, 0, 0], 4), "all pictures show 0: nothing can be told apart with fewer than two"),
        (lambda: pairs([0, 1, 2], 4), "every identity has one picture only"),
        (lambda: pair_distances(np.zeros((4, 2)), [1, 1, 1, 1]), "all pictures show 1"),
        (lambda: pair_distances(np.zeros((3, 2)), [1, 1, 0, 0]), r"must be \(4, size\), one for each label"),
        (lambda: pair_distances(np.full((2, 2), np.inf), [1, 0]), "not finite: the network that made it has diverged"),
    ],
)
def test_bad_identities(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ------------------------------------------------------------------------------------------------ one against many


def test_identification_is_counted():
    rng = np.random.default_rng(5)
    gallery_labels, labels = np.arange(8), rng.integers(0, 12, 80)  # 8 to 11 are strangers
    vectors = cloud(np.concatenate([np.arange(12), labels]))
    gallery, probes = vectors[:8], vectors[12:]
    found = identify(probes, gallery, gallery_labels, threshold=1.2)
    rank_1, hits, alarms = [], [], []
    for probe, label in zip(probes, labels, strict=True):
        far = [np.sqrt(((probe - entry) ** 2).sum()) for entry in gallery]
        best = int(np.argmin(far))
        if label < 8:
            rank_1.append(best == label)
            hits.append(best == label and far[best] <= 1.2)
        else:
            alarms.append(far[best] <= 1.2)
    judged = evaluate_identification(found, labels, gallery_labels)
    assert judged.rank_1 == pytest.approx(np.mean(rank_1))
    assert judged.identified == pytest.approx(np.mean(hits))
    assert judged.false_alarms == pytest.approx(np.mean(alarms))
    assert 0 < judged.identified <= judged.rank_1 < 1


def test_a_gallery_without_strangers():
    judged = evaluate_identification(identify([[0.0]], [[0.0], [1.0]], ["a", "b"]), ["a"], ["a", "b"])
    assert (judged.rank_1, judged.identified) == (1, 1)
    assert np.isnan(judged.false_alarms)


def test_large_galleries_alarm():
    rng = np.random.default_rng(0)
    tries = (rng.random((4_000, 100)) < 0.01).any(axis=1).mean()
    assert false_alarms_expected(0.01, 100) == pytest.approx(tries, abs=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: identify(np.zeros((2, 3)), np.zeros((0, 3)), []), "labels must be"),
        (lambda: identify(np.zeros((2, 4)), np.zeros((2, 3)), [0, 1]), r"probes must be \(probes, 3\)"),
        (
            lambda: evaluate_identification(identify([[0.0]], [[0.0]], ["a"]), ["b"], ["a"]),
            "no probe is of the gallery",
        ),
        (lambda: evaluate_identification(identify([[0.0]], [[0.0]], ["a"]), ["b", "a"], ["a"]), "one label a probe"),
    ],
)
def test_bad_galleries(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# -------------------------------------------------------------------------------------------------------- episodes


def test_an_episode_has_what_it_says():
    for episode in episodes(PEOPLE, ways=5, shots=2, queries=3, count=30, seed=1):
        assert (episode.support.shape, episode.query.shape) == ((5, 2), (5, 3))
        rows = np.concatenate([episode.support, episode.query], axis=1)
        assert len(set(rows.ravel())) == 25
        assert (PEOPLE[rows] == PEOPLE[rows[:, :1]]).all()
        assert len(set(PEOPLE[rows[:, 0]])) == 5


def test_episodes_repeat_by_seed():
    one, again, other = ([e.query.tolist() for e in episodes(PEOPLE, count=5, seed=s)] for s in (4, 4, 5))
    assert one == again != other


@pytest.mark.parametrize("shots", [1, 3])
def test_one_shot_is_counted(shots):
    vectors, options = cloud(PEOPLE, noise=1.0), {"ways": 6, "shots": shots, "queries": 2, "count": 40, "seed": 2}
    right = []
    for support, query in episodes(PEOPLE, **options):
        homes = [np.mean([vectors[i] for i in row], axis=0) for row in support]
        for way, row in enumerate(query):
            right += [min(range(6), key=lambda k, i=i: ((vectors[i] - homes[k]) ** 2).sum()) == way for i in row]
    result = one_shot(vectors, PEOPLE, **options)
    assert result.accuracy == pytest.approx(np.mean(right))
    assert 0.3 < result.accuracy < 1
    assert len(result.by_episode) == 40


def test_guessing_is_right_once_in_ways():
    noise = np.random.default_rng(0).normal(size=(len(PEOPLE), 3))
    assert one_shot(noise, PEOPLE, ways=10, count=800).accuracy == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ways": 13}, "12 classes have the 2 pictures that 1 shots and 1 queries take: ways=13 needs as many"),
        ({"shots": 5}, "0 classes have the 6 pictures"),
        ({"ways": 1}, "ways=1 must be an integer of at least 2"),
        ({"count": 0}, "count=0 must be an integer of at least 1"),
    ],
)
def test_bad_episodes(options, message):
    with pytest.raises(ValueError, match=message):
        one_shot(cloud(PEOPLE), PEOPLE, **options)
