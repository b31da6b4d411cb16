"""Awards as credentials that others can check: Open Badges 3.0, signed, with a page to verify and a list of revocations.

A credential is a W3C Verifiable Credential in the form of a JWT with an Ed25519 signature
(VC-JWT, which Open Badges 3.0 allows). It says that whoever holds a page here holds a badge,
by which rule and since when, and nothing else about them.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Response, current_app, jsonify, render_template, request, url_for
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from community.activity.members import profile as members
from community.activity.members.models import Member
from community.activity.members.queries import present_viewer
from community.activity.members.rules import can_see
from community.kit import clock, files
from community.kit.db import db
from community.kit.pages import Pages, found
from community.standing import queries, rulebook
from community.standing.badges import Badge
from community.standing.models import Award, BadgeRule
from community.web.recognised import HIGHEST, tier_label

bp = Pages("credentials", __name__)
KEY = "credential-key.pem"
ALGORITHM = "EdDSA"
CONTEXT = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
LONGEST_TOKEN = 20_000


@bp.route("/awards/<int:id>/credential.jwt")
def download(id):
    """One's own award as a signed credential."""
    award, member, badge = _award(id)
    found((present_viewer().id == member.id and award.ended_at is None) or None)
    answer = Response(signed(award, member, badge), mimetype="application/vc+jwt")
    answer.headers["Content-Disposition"] = f'attachment; filename="{badge.name}.jwt"'
    return answer


@bp.route("/awards/<int:id>", public=True)
def show(id):
    """What an award says, and whether it still holds: where a credential leads whoever checks it."""
    award, member, badge = _award(id)
    found(can_see(present_viewer(), member) or None)
    return render_template(
        "standing/award.html",
        award=award,
        member=member,
        badge=_told(award, badge),
        is_given=rulebook.find(badge.name) is not None,
    )


@bp.route("/verify", methods=["GET", "POST"], public=True, body_limit=50_000)
def verify():
    """Check a credential: whether this place signed it, and whether the award still holds."""
    given = (request.form.get("credential") or request.args.get("credential") or "").strip()
    return render_template(
        "standing/verify.html", given=given, **(_checked(given) if given else {})
    )


@bp.route("/badges/issuer", public=True)
def issuer():
    """Who issues the credentials of this place, with the key to check them by."""
    return jsonify(profile())


@bp.route("/.well-known/jwks.json", public=True)
def keys():
    """The public keys that this place signs with."""
    return jsonify(keys=[_public_key()])


@bp.route("/badges/revocations", public=True)
def revocations():
    """The credentials that hold no more: those of awards that ended."""
    rows = db.session.execute(
        select(Award.id, Award.ended_at)
        .where(Award.badge.in_(select(BadgeRule.name)), Award.ended_at.is_not(None))
        .order_by(Award.id)
    )
    return jsonify(
        id=_address(".revocations"),
        issuer=_address(".issuer"),
        revokedCredential=[
            {
                "id": _address(".show", id=row.id),
                "revoked": True,
                "revokedAt": _moment(row.ended_at),
            }
            for row in rows
        ],
    )


def signed(award: Award, member: Member, badge: Badge) -> str:
    """The credential of an award as a JWT that anyone can check with the published key."""
    told = credential(award, member, badge)
    claims = {
        **told,
        "iss": _address(".issuer"),
        "jti": told["id"],
        "sub": told["credentialSubject"]["id"],
        "nbf": int(award.begun_at.timestamp()),
    }
    header = {"kid": _public_key()["kid"], "typ": "vc+jwt"}
    return jwt.encode(claims, _key(), ALGORITHM, headers=header)


def credential(award: Award, member: Member, badge: Badge) -> dict[str, Any]:
    """The credential of an award as Open Badges 3.0 describes one."""
    label = tier_label(badge, award.tier, "en")
    return {
        "@context": list(CONTEXT),
        "id": _address(".show", id=award.id),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": label,
        "issuer": profile(),
        "validFrom": _moment(award.begun_at),
        "credentialSubject": {
            "id": _address("members.show", handle=member.handle),
            "type": ["AchievementSubject"],
            "achievement": {
                "id": _address("recognition.badge", name=badge.name),
                "type": ["Achievement"],
                "name": label,
                "description": badge.says["en"],
                "criteria": {"id": _address("recognition.badge", name=badge.name)},
                "version": award.digest,
            },
        },
        "credentialStatus": {
            "id": _address(".revocations"),
            "type": "1EdTechRevocationList",
        },
    }


def profile() -> dict[str, Any]:
    """What an issuer tells of itself, as Open Badges describe one."""
    return {
        "id": _address(".issuer"),
        "type": ["Profile"],
        "name": current_app.config["SITE_NAME"],
        "url": current_app.config["PUBLIC_URL"],
    }


def _award(id: int) -> tuple[Award, Member, Badge]:
    award = db.session.get(Award, id)
    if award is None or award.badge in queries.PROGRAMMES:
        raise NotFound
    member = db.session.get(Member, award.member_id)
    badge = rulebook.of_digest(award.badge, award.digest)
    if member is None or member.erased_at is not None or badge is None:
        raise NotFound
    return award, member, badge


def _checked(token: str) -> dict[str, Any]:
    """Whether a credential is ours and still holds."""
    if len(token) > LONGEST_TOKEN:
        return {"is_ours": False}
    try:
        claims = jwt.decode(
            token, _key().public_key(), [ALGORITHM], issuer=_address(".issuer"), leeway=60
        )
        id = int(str(claims["jti"]).rsplit("/", 1)[-1])
    except (jwt.PyJWTError, KeyError, ValueError):
        return {"is_ours": False}
    try:
        award, member, badge = _award(id)
    except NotFound:
        return {"is_ours": True, "award": None}
    if not _is_of(claims, award, member):
        return {"is_ours": True, "award": None}
    # Whoever shows a credential has not thereby opened a page that its holder keeps closed.
    seen = member if can_see(present_viewer(), member) else None
    return {"is_ours": True, "award": award, "member": seen, "badge": _told(award, badge)}


def _is_of(claims: Mapping[str, Any], award: Award, member: Member) -> bool:
    """Whether a credential is of this very award: an id may be given anew once its award is gone."""
    achievement = str(claims["credentialSubject"]["achievement"]["id"])
    handle = str(claims["sub"]).rsplit("/", 1)[-1]
    return (
        claims["nbf"] == int(award.begun_at.timestamp())
        and achievement.rsplit("/", 1)[-1] == award.badge
        and member.handle in (handle, members.handle_now(handle))
    )


def _told(award: Award, badge: Badge) -> dict[str, Any]:
    return {
        "name": badge.name,
        "label": tier_label(badge, award.tier),
        "shape": badge.shape,
        "icon": badge.icon,
        "tier": min(award.tier, HIGHEST),
    }


def _key() -> Ed25519PrivateKey:
    """The key that this place signs with; made when it is first needed, in a file that only it reads."""
    path = Path(current_app.config["DATA_DIR"]) / KEY
    try:
        return _read(path.read_bytes())
    except FileNotFoundError:
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        files.make_once(path, pem)
        return _read(path.read_bytes())


def _read(pem: bytes) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{KEY} holds no Ed25519 key")
    return key


def _public_key() -> dict[str, str]:
    told: dict[str, str] = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(_key().public_key()))
    return {**told, "use": "sig", "alg": ALGORITHM, "kid": told["x"][:16]}


def _address(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values, _external=True)


def _moment(at: datetime) -> str:
    return clock.from_micros(clock.to_micros(at)).strftime("%Y-%m-%dT%H:%M:%SZ")
