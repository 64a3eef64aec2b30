"""What is said of the model."""

from fundusfm.models.card.referral import LabelSensitivity, Proportion, ReferralRule
from fundusfm.server.about import about, choices
from fundusfm.server.service import Service

RULE = ReferralRule(
    goal="specificity",
    target=0.8,
    thresholds={"glaucoma": 0.4},
    specificity=Proportion(value=0.79, low=0.76, high=0.82),
    per_label={"glaucoma": LabelSensitivity(value=0.72, low=0.61, high=0.81, positives=97)},
)


def test_the_rule_leads_and_says_what_it_finds(service: Service) -> None:
    ruled = Service(service.screening, service.bundles, operating_point="youden",
                    thresholds={"abnormal": 0.5, "glaucoma": 0.5}, rule=RULE)  # fmt: skip
    assert [(choice.name, choice.title) for choice in choices(ruled)] == [
        ("referral", "referral rule: 80 % of healthy eyes are not referred"),
        ("youden", "each label at its best balance (Youden)"),
        ("screening", "screening"),
    ]
    found = about(ruled)
    assert (found.measured[0].share, found.measured[0].interval, found.measured[0].eyes) == (
        "72 %",
        "61 % to 81 %",
        "97",
    )
    assert "it left 79 % (95 % interval 76 % to 82 %)" in found.promise


def test_without_a_rule_the_operating_point_decides(service: Service) -> None:
    assert [choice.name for choice in choices(service)] == ["youden", "screening"]
    found = about(service)
    assert found.measured == [] and found.promise == ""
    assert service.bundles[0].hash in found.named and found.limits == service.cards[0].limits
