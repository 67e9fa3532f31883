"""The LALR(1) automaton: shifts and reduces tokens until the text is read, or until a token does not fit."""

from __future__ import annotations

from functools import cache
from typing import Any

from tfc.diagnostics.core import Diagnostic, Source, Span
from tfc.syntax import tables
from tfc.syntax.build import Builder
from tfc.syntax.tables import END
from tfc.syntax.tokens import CLOSERS, OPENERS, Token

_BORDERS = {"_NEWLINE", "COMMA", "RBRACE", END}


class Automaton:
    """One reading of `tokens`. Where `run` ends before the text does, `tokens[at]` is what does not fit."""

    def __init__(self, source: Source, tokens: list[Token], start: str) -> None:
        self.tables = tables.load()
        self.tokens = tokens
        self.at = 0
        self.start = start
        builder = Builder(source)
        self.odd: list[Diagnostic] = builder.faults  # what is wrong with single tokens
        self.source = source
        self.passed: dict[tuple[int, int, str], int] = {}
        self.acts = [builder.action(rule.name, rule.length) for rule in self.tables.rules]
        # A stack of symbols: the state after each, its value, where it begins and ends, and its first token.
        self.states = [self.tables.starts[start]]
        self.values: list[Any] = [None]
        self.begins, self.ends, self.firsts = [0], [0], [0]

    @property
    def result(self) -> Any:
        return self.values[-1]

    def run(self) -> bool:
        """Go on until the end (True) or the next token that does not fit (False)."""
        actions, gotos, rules, final = (
            self.tables.actions,
            self.tables.gotos,
            self.tables.rules,
            self.tables.ends[self.start],
        )
        states, values, begins, ends, firsts = self.states, self.values, self.begins, self.ends, self.firsts
        passed = self.passed
        token = self.tokens[self.at]
        while not (token.kind == END and states[-1] == final):
            action = actions[states[-1]].get(token.kind)
            if action is None:
                return False
            if action >= 0:
                states.append(action)
                values.append(token)
                begins.append(token.start)
                ends.append(token.end)
                firsts.append(self.at)
                self.at += 1
                token = self.tokens[self.at]
                continue
            rule, act = rules[~action], self.acts[~action]
            size = rule.length
            if act is None:
                key = states[-2], action, token.kind
                states[-1] = passed[key] if key in passed else self.pass_on(*key)
                continue
            if size == 0:
                values.append(act([], Span(self.source, ends[-1], ends[-1])))
                begins.append(ends[-1])
                ends.append(ends[-1])
                firsts.append(self.at)
            else:
                cut = len(values) - size
                values[cut:] = [act(values[cut:], Span(self.source, begins[cut], ends[-1]))]
                ends[cut:] = ends[-1:]
                del states[cut:], begins[cut + 1 :], firsts[cut + 1 :]
            states.append(gotos[states[-1]][rule.origin])
        return True

    def pass_on(self, below: int, action: int, kind: str) -> int:
        """The state after all the reductions of a single symbol that follow one another here.

        A number is a value, a repetition, a sign, a product, a sum and an expression before anything is done with
        it: the way is the same each time, so it is kept.
        """
        origin, reduces = self.tables.rules[~action].origin, action
        while reduces is not None and reduces < 0 and self.acts[~reduces] is None:
            origin = self.tables.rules[~reduces].origin
            reduces = self.tables.actions[self.tables.gotos[below][origin]].get(kind)
        state = self.passed[below, action, kind] = self.tables.gotos[below][origin]
        return state

    def accepts(self) -> frozenset[str]:
        """The terminals that would fit here."""
        return frozenset(kind for kind in self.tables.actions[self.states[-1]] if self.fits(kind))

    def fits(self, kind: str) -> bool:
        """Whether a terminal would be shifted, after all the reductions that it asks for."""
        stack = self.states[-1:]
        left = len(self.states) - 1  # how many states lie below `stack`, as they are
        while not (kind == END and stack[-1] == self.tables.ends[self.start]):
            action = self.tables.actions[stack[-1]].get(kind)
            if action is None or action >= 0:
                return action is not None
            rule = self.tables.rules[~action]
            while len(stack) <= rule.length:
                left -= 1
                stack.insert(0, self.states[left])
            del stack[len(stack) - rule.length :]
            stack.append(self.tables.gotos[stack[-1]][rule.origin])
        return True

    def statement(self) -> int | None:
        """How high the stack is below the statement that is being read; None if there can be no other statement."""
        gotos, resting = self.tables.gotos, _resting()
        for height in range(len(self.states), 0, -1):
            state = self.states[height - 1]
            if state in resting or "statement" in gotos[state]:
                return height
        return None

    def drop_statement(self) -> bool:
        """Forget the statement that cannot be read, and go on where its line, its block or the text ends.

        What is complete but for the tokens behind it is kept. False if there is nowhere to go on.
        """
        height = self.statement()
        if height is None:
            return False
        before = self.at, len(self.states)
        inside = sum(isinstance(value, Token) and value.kind in OPENERS for value in self.values[height:])
        if inside or not self.fits("_NEWLINE"):
            for stack in (self.states, self.values, self.begins, self.ends, self.firsts):
                del stack[height:]
            self.push_nothing()
        while inside or self.tokens[self.at].kind not in _BORDERS:
            kind = self.tokens[self.at].kind
            if kind == END:
                break
            inside += (kind in OPENERS) - (kind in CLOSERS)
            self.at += 1
        if (
            self.at,
            len(self.states),
        ) == before:  # a border that does not fit: nothing but leaving it out is left
            self.at += 1
        return self.at < len(self.tokens)

    def push_nothing(self) -> None:
        """Put a statement on the stack that says nothing."""
        row = self.tables.gotos[self.states[-1]]
        if "statement" in row:
            self.states.append(row["statement"])
            self.values.append(None)
            self.begins.append(self.ends[-1])
            self.ends.append(self.ends[-1])
            self.firsts.append(self.at)


@cache
def _resting() -> frozenset[int]:
    """The states in which a list of statements has been read so far."""
    return frozenset(row["_statements"] for row in tables.load().gotos if "_statements" in row)
