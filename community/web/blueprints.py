"""Every blueprint of the site: the map of its pages."""

from community.activity.accounts.routes import bp as accounts
from community.activity.exchanges.deals.routes import bp as deals
from community.activity.exchanges.offers.owning import bp as offers
from community.activity.exchanges.references.routes import bp as references
from community.activity.exchanges.reviews.writing import bp as reviews
from community.activity.members.routes import bp as members
from community.activity.settings.routes import bp as settings
from community.imports.routes import bp as archive
from community.web.cases import bp as cases
from community.web.closing import bp as closing
from community.web.credentials import bp as credentials
from community.web.designer import bp as designer
from community.web.excuses import bp as excuses
from community.web.exploring import bp as exploring
from community.web.found_offers import bp as found_offers
from community.web.giving import bp as giving
from community.web.house import bp as house
from community.web.model import bp as model
from community.web.network import bp as network
from community.web.offer_figures import bp as offer_figures
from community.web.offer_kinds import bp as kinds
from community.web.offer_rank import bp as offer_rank
from community.web.pair_care import bp as pair_care
from community.web.ranking import bp as ranking
from community.web.recognition import bp as recognition
from community.web.relations import bp as relations
from community.web.reviewing import bp as reviewing
from community.web.routes import bp as web
from community.web.together import bp as together
from community.web.vouching import bp as vouching

BLUEPRINTS = (
    web,
    accounts,
    members,
    deals,
    settings,
    offers,
    archive,
    house,
    designer,
    giving,
    kinds,
    cases,
    pair_care,
    excuses,
    network,
    model,
    vouching,
    together,
    offer_figures,
    references,
    relations,
    exploring,
    recognition,
    credentials,
    found_offers,
    offer_rank,
    ranking,
    reviews,
    reviewing,
    closing,
)
