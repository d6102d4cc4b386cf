"""What a refusal says to the person at the shell: what happened and what to do next.

Law: every code the node refuses with has its sentence here or in the table of the pages; a test walks the code for
codes without one. Source: QUALITY style 10.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from protocol.errors import Refused
from protocol.records import Problem
from web.problems import SENTENCES, problems_of, sentence_of

SHELL: Final[Mapping[str, str]] = {
    # the folder and its keys
    "node-missing": "There is no node in %(path)s. Make one with 'barnraise init', or name its folder with --data.",
    "node-exists": "There is a node in %(path)s already. Choose another folder with --data.",
    "no-database": "There is no %(name)s in %(path)s. Bring it back from a backup, or make a new node elsewhere.",
    "folder-in-use": "Another process works on %(path)s. Wait until it is done, or stop it.",
    "key-missing": "A key file is missing in keys/. Put it back from where you keep keys; nothing can replace it.",
    "key-unreadable": "A key file in keys/ cannot be read. Put back an undamaged copy.",
    "key-foreign": "The feed key in keys/ is not the one the keyring names. Put back the newest one.",
    "passphrase-needed": "The keys are locked. Set BARNRAISE_PASSPHRASE.",
    "passphrase-unused": "BARNRAISE_PASSPHRASE is set but the keys are not locked. Unset it.",
    "passphrase-wrong": "The passphrase does not open the keys.",
    "kit-gone": "The recovery kit is not kept here any more: it was marked as stored.",
    "kit-damaged": "The copy of the recovery kit kept here is damaged. If you have none, rotate the keys.",
    "kit-unreadable": "'%(word)s' is no word of a recovery kit.",
    "kit-length": "A recovery kit has %(expected)s words; these are %(words)s.",
    "kit-checksum": "These words do not fit together or belong to another node. Compare them once more.",
    # settings
    "settings-unreadable": "node.toml cannot be read: %(reason)s.",
    "setting-unknown": "There is no such setting. Known are: %(known)s.",
    "setting-wrong": "%(value)s cannot stand here (%(says)s).",
    "clock-unreadable": "%(path)s holds no RFC 3339 time such as 2027-02-01T09:30:00-05:00.",
    "address-in-use": "Cannot listen there: %(reason)s. Choose another address, or stop what listens.",
    # the running node
    "node-stopped": "The node stopped before it answered. Look at its log and try again.",
    "command-unknown": "The running node does not know this command: it is of another version. Restart it.",
    "failed": "The node could not do it: %(reason)s.",
    "nothing-to-take-over": "No peer has shown entries of this node that are missing here.",
    "not-alone": "This node must not sign alone: more of its log was signed (%(reason)s). See 'barnraise doctor'.",
    "signing-stopped": "This node signs nothing at the moment. 'barnraise doctor' says why and what to do.",
    # members and records
    "forbidden": "The role of this account does not allow this kind of record (it takes: %(role)s).",
    "member-unknown": "Nobody here is called %(member)s. See 'barnraise member list'.",
    "member-disabled": "%(member)s is shut out. Let in again with 'barnraise member disable --undo'.",
    "file-unreadable": "%(path)s holds no JSON object: %(reason)s.",
    "scope-unknown": "Scopes of a token are: %(known)s.",
    "days-wrong": "A token lasts 1 to %(most)s days.",
    "scope-beyond-role": "%(member)s is no steward or operator: leave the scope admin out.",
    # peers
    "address": "%(reason)s.",
    "address-needed": "Nothing says how peers reach this node. Give --at HOST:PORT, or set addresses in node.toml.",
    "address-set": "%(address)s stands in addresses of node.toml. Take it out there and start the node again.",
    "address-unknown": "This node does not know itself at %(address)s. See 'barnraise peer addresses'.",
    "code": "This is not a code: %(reason)s.",
    "own-code": "This code is of this very node. Give it to a colleague.",
    "invite-refused": "The other node turned this one away (%(reason)s). Ask for a new code.",
    "peer-unknown": "This node is no peer. See 'barnraise peer list'.",
    "no-knock": "This node did not ask to come in. Pair by a code instead.",
    # receipts
    "no-envelope": "The content of this entry is not here, so there is nothing to make a receipt of.",
    "not-signed-yet": "No signed head covers this entry yet. Try again in a moment.",
    "keyring-refused": "%(reason)s.",
}


def _sentence(code: str, params: Mapping[str, Any]) -> str:
    pattern = SHELL.get(code) or SENTENCES.get(code)
    if pattern is None:
        return f"{code} {', '.join(f'{key}={value}' for key, value in params.items())}".strip()
    try:
        return pattern % params
    except KeyError:
        return pattern


def sentences(error: Refused) -> list[str]:
    """One line a fault, the field first where one is at fault."""
    return [sentence(one) for one in problems_of(error)]


def sentence(fault: Problem) -> str:
    """One fault, after the row and the field it is in."""
    row = f"row {fault.params['row']}, " if "row" in fault.params else ""
    at = f"{row}{fault.field}".removesuffix(", ")
    said = _sentence(sentence_of(fault), fault.params)
    return f"{at}: {said}" if at else said
