"""How rooms are joined: what those further up add to those further down, which do not know them."""

from flask import Flask

from community.activity.exchanges import forgetting, holding, homes, photos
from community.activity.exchanges.deals import actions as deals_done
from community.activity.exchanges.deals import roles
from community.activity.exchanges.deals import routes as deals
from community.activity.exchanges.offers import cards, days
from community.activity.exchanges.offers import decisions as offer_decisions
from community.activity.exchanges.offers import queries as offers
from community.activity.exchanges.offers.routes import BELOW as BELOW_OFFER
from community.activity.exchanges.offers.routes import BESIDE as BESIDE_OFFER
from community.activity.exchanges.offers.routes import DOING as DOING_WITH_OFFER
from community.activity.exchanges.offers.routes import beside_member as offers_beside
from community.activity.exchanges.references import actions as references_done
from community.activity.exchanges.references import queries as references_read
from community.activity.exchanges.references import routes as references
from community.activity.exchanges.reviews import latest, opening, showing
from community.activity.exchanges.reviews.queries import USUAL
from community.activity.members.profile import MORE
from community.activity.members.routes import BELOW as BELOW_MEMBER
from community.activity.members.routes import SIDE
from community.activity.members.telling import HOMES, KEPT
from community.activity.settings.actions import FORGETTING
from community.activity.settings.known import OWN_DATA
from community.activity.settings.queries import PHOTOS
from community.kit import additions
from community.standing import queries as standing
from community.standing import stars
from community.standing.awarding import CORRECTED, DECIDED
from community.standing.noticing import ENDING
from community.web import (
    badge_letters,
    closing,
    exchange_letters,
    offer_figures,
    offer_letters,
    offer_rank,
    own_exchanges,
    own_offers,
    own_references,
    own_reviews,
    own_standing,
    recognition,
    reference_letters,
    relations,
    review_letters,
    review_number,
    together,
    unreached,
    vouching,
)
from community.web.routes import WAITING

ADDED = {
    SIDE: (
        together.beside,
        relations.beside,
        recognition.beside,
        offers_beside,
        vouching.beside,
        deals.recaps_beside,
        offer_figures.beside,
    ),
    MORE: (cards.beside_member, references_read.newest, roles.asked, latest.asked),
    BELOW_MEMBER: (showing.below_member, references.below_member),
    DOING_WITH_OFFER: (deals.ask_for,),
    BESIDE_OFFER: (
        recognition.beside_owner,
        unreached.beside,
        offer_rank.beside,
        closing.beside,
    ),
    HOMES: homes.HOMES,
    KEPT: homes.KEPT,
    BELOW_OFFER: (showing.below_offer,),
    deals.BELOW: (showing.below_exchange, together.below_exchange),
    days.HELD: (holding.places_held,),
    offers.SIDES: (holding.is_side,),
    showing.NUMBER: (review_number.of_member,),
    USUAL: (stars.usual,),
    WAITING: (deals.waiting,),
    PHOTOS: (photos.in_use,),
    FORGETTING: (standing.forget, forgetting.forget),
    OWN_DATA: (
        *own_standing.GROUPS,
        *own_offers.GROUPS,
        *own_exchanges.GROUPS,
        *own_reviews.GROUPS,
        *own_references.GROUPS,
    ),
    DECIDED: (badge_letters.tell_decided,),
    CORRECTED: (badge_letters.tell_corrected,),
    ENDING: (badge_letters.tell_ending,),
    deals_done.TOLD: (exchange_letters.tell,),
    offer_decisions.DECIDED: (offer_letters.tell, deals_done.tell_decided),
    opening.TOLD: (review_letters.tell,),
    references_done.TOLD: (reference_letters.tell,),
}
"""What stands in each place, in its order."""


def join(app: Flask) -> None:
    """Let everything stand in its place."""
    for place, things in ADDED.items():
        additions.add(app, place, *things)
