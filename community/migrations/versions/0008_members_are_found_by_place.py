"""Members are found by their place, and by whether they have moved in."""

import sqlalchemy as sa
from alembic import op

from community.kit import search

revision, down_revision = "0008", "0007"

MARK = "@"
A_BATCH = 1000
member = sa.table("member", sa.column("id", sa.BigInteger), sa.column("place", sa.String))
member_word = sa.table(
    "member_word", sa.column("word", sa.String), sa.column("member_id", sa.BigInteger)
)


def upgrade():
    op.create_index("member_by_claimed", "member", ["claimed_at", "id"], unique=False)
    connection, last = op.get_bind(), 0
    placed = sa.select(member).where(member.c.place.is_not(None)).order_by(member.c.id)
    while rows := connection.execute(placed.where(member.c.id > last).limit(A_BATCH)).all():
        last = rows[-1].id
        words = [
            {"word": f"{MARK}{word}"[: search.LONGEST_WORD], "member_id": row.id}
            for row in rows
            for word in search.words(row.place)
        ]
        if words:
            connection.execute(member_word.insert(), words)


def downgrade():
    op.execute(member_word.delete().where(member_word.c.word.startswith(MARK)))
    op.drop_index("member_by_claimed", table_name="member")
