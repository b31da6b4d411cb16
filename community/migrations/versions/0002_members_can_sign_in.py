"""Members can sign in."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade():
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("fs_webauthn_user_handle", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("create_datetime", sa.BigInteger(), nullable=False),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_last_counter", sa.BigInteger(), nullable=True),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="account_has_its_member_id"),
        sa.PrimaryKeyConstraint("id", name="account_key"),
        sa.UniqueConstraint("email", name="one_account_a_email"),
        sa.UniqueConstraint("fs_uniquifier", name="one_account_a_fs_uniquifier"),
        sa.UniqueConstraint(
            "fs_webauthn_user_handle", name="one_account_a_fs_webauthn_user_handle"
        ),
        sa.UniqueConstraint("member_id", name="one_account_a_member_id"),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column(
            "invited_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("invited_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["member.id"], name="invitation_has_its_invited_by"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="invitation_has_its_member_id"),
        sa.PrimaryKeyConstraint("id", name="invitation_key"),
        sa.UniqueConstraint("token_hash", name="one_invitation_a_token_hash"),
    )
    op.create_index("invitation_by_member_id", "invitation", ["member_id"], unique=False)
    op.create_table(
        "passkey",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.UnicodeText(), nullable=True),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(length=64), nullable=False),
        sa.Column("extensions", sa.String(length=255), nullable=True),
        sa.Column("create_datetime", sa.BigInteger(), nullable=False),
        sa.Column("lastuse_datetime", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("usage", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name="passkey_has_its_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="passkey_key"),
        sa.UniqueConstraint("credential_id", name="one_passkey_a_credential_id"),
    )
    op.create_index("passkey_by_user_id", "passkey", ["user_id"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("signed_in_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="sign_in_has_its_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="sign_in_key"),
        sa.UniqueConstraint("token_hash", name="one_sign_in_a_token_hash"),
    )
    op.create_index("sign_in_by_account_id", "sign_in", ["account_id"], unique=False)
    op.create_table(
        "sign_up",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="sign_up_key"),
        sa.UniqueConstraint("token_hash", name="one_sign_up_a_token_hash"),
    )
    op.create_index("sign_up_by_email", "sign_up", ["email"], unique=False)
    op.create_index("sign_up_by_expires_at", "sign_up", ["expires_at"], unique=False)


def downgrade():
    op.drop_index("sign_up_by_expires_at", table_name="sign_up")
    op.drop_index("sign_up_by_email", table_name="sign_up")
    op.drop_table("sign_up")
    op.drop_index("sign_in_by_account_id", table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_index("passkey_by_user_id", table_name="passkey")
    op.drop_table("passkey")
    op.drop_index("invitation_by_member_id", table_name="invitation")
    op.drop_table("invitation")
    op.drop_table("account")
