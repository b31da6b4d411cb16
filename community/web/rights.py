"""What each role may do on the staff's side of the house. Each right is a sentence that says no."""

from community.kit.words import N_, Words

STAFF = ("manager", "leader", "admin")


def why_not_enter(role: str | None) -> Words | None:
    """Why someone can't see the staff's side of the house at all; None when they can."""
    return None if role in STAFF else N_("This side of the house is for those who look after it.")


def why_not_read_letters(role: str | None, *, is_development: bool, are_sent: bool) -> Words | None:
    """Why someone can't read what was written to members; None when they can."""
    if role != "admin":
        return N_("Only an admin sees outgoing letters.")
    if not is_development or are_sent:
        return N_("Letters are shown here only while the site is being set up and sends none.")
    return None


def why_not_give_roles(role: str | None) -> Words | None:
    """Why someone can't give and take roles; None when they can."""
    return None if role == "admin" else N_("Only an admin gives and takes roles.")


def why_not_give_role_to(giver_id: int, member_id: int) -> Words | None:
    """Why this giver can't change this member's role; None when they can."""
    return (
        N_("Nobody changes their own role: ask another admin.") if giver_id == member_id else None
    )


def why_not_read_audit(role: str | None) -> Words | None:
    """Why someone can't read what staff did; None when they can."""
    return None if role in STAFF else N_("Only staff read what staff did.")


def why_not_watch_machine(role: str | None) -> Words | None:
    """Why someone can't see how jobs and imports went; None when they can."""
    return None if role == "admin" else N_("Only an admin sees how jobs and imports went.")


def why_not_invite(role: str | None) -> Words | None:
    """Why someone can't invite members who came from elsewhere; None when they can."""
    return None if role in ("manager", "admin") else N_("Managers and admins invite members.")


def why_not_design(role: str | None) -> Words | None:
    """Why someone can't change what badges ask; None when they can."""
    return None if role in ("manager", "admin") else N_("Managers and admins design badges.")


def why_not_award_by_hand(role: str | None) -> Words | None:
    """Why someone can't give a badge by hand, or agree to it; None when they can."""
    return None if role in ("manager", "admin") else N_("Managers and admins give badges by hand.")


def why_not_look_after(role: str | None) -> Words | None:
    """Why someone can't see cases about members, and what is said of reviewers; None when they can."""
    return None if role in ("manager", "admin") else N_("Managers and admins look after cases.")


def why_not_excuse(role: str | None) -> Words | None:
    """Why someone can't excuse what nobody could help; None when they can."""
    return None if role in ("manager", "admin") else N_("Managers and admins excuse.")


def why_not_decide_reviews(role: str | None) -> Words | None:
    """Why someone can't decide about reported reviews; None when they can."""
    return None if role in ("manager", "admin") else N_("Managers and admins decide about reviews.")


def why_not_see_pairs(role: str | None) -> Words | None:
    """Why someone can't see which relationships suffer, by the answers of both; None when they can."""
    return None if role in ("manager", "admin") else N_("Managers and admins look after pairs.")


def why_not_see_pair(reader_id: int, two: tuple[int, int]) -> Words | None:
    """Why this reader can't see the health of these two by the answers of both; None when they can."""
    if reader_id in two:
        return N_("Nobody sees what the other one answered about themselves.")
    return None


def why_not_close_offers(role: str | None) -> Words | None:
    """Why someone can't close offers and open them again; None when they can."""
    return None if role in ("manager", "admin") else N_("Managers and admins close offers.")


def why_not_see_network(role: str | None) -> Words | None:
    """Why someone can't see what holds the community together; None when they can."""
    return None if role in STAFF else N_("Only staff see what holds the community together.")


def why_not_see_model(role: str | None) -> Words | None:
    """Why someone can't see how health is foretold; None when they can."""
    return None if role in STAFF else N_("Only staff see how health is foretold.")


def why_not_vouch(role: str | None) -> Words | None:
    """Why someone can't vouch for members; None when they can."""
    return None if role in ("manager", "admin") else N_("Managers and admins vouch for members.")


def why_not_name_kinds(role: str | None) -> Words | None:
    """Why someone can't change which kinds of offers there are; None when they can."""
    return (
        None
        if role in ("manager", "admin")
        else N_("Managers and admins say what can be offered here.")
    )


def why_not_see_ranking(role: str | None) -> Words | None:
    """Why someone can't see who changed how offers are ranked, and why; None when they can."""
    if role in ("manager", "admin"):
        return None
    return N_("Managers and admins see how the ranking was changed.")


def why_not_change_ranking(role: str | None) -> Words | None:
    """Why someone can't change how offers are ranked; None when they can."""
    return None if role == "admin" else N_("Only an admin changes how offers are ranked.")
