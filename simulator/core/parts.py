"""Kernels as parts of others: compiled as far as types and code go, and no further.

Numba optimises every function that a kernel calls, and makes machine code of it with all that it calls in turn, before
the kernel itself is optimised and made, with all of them inside. Where functions are called by kernels alone, only the
last of these is ever run.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, register_pass
from numba.core.typed_passes import AnnotateTypes


class _Unexecuted:
    """The code generator of a part: nothing is told to machine code that is never made."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def set_env(self, name: str, env: object) -> None:
        """Nothing: the function is not there."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)


class PartLibrary(JITCodeLibrary):  # type: ignore[misc]  # numba has no types
    """Code that is linked into the kernels that call it, and optimised there."""

    @property
    def codegen(self) -> Any:
        """What makes machine code, which is told nothing of this."""
        return _Unexecuted(self._codegen)

    def get_pointer_to_function(self, name: str) -> int:  # noqa: ARG002 - numba's name of it
        """0: there is no machine code."""
        self._ensure_finalized()
        return 0

    def _optimize_final_module(self) -> None:
        """Leave it to the kernel into which it goes."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True


@register_pass(mutates_CFG=False, analysis_only=True)
class _MakePart(AnalysisPass):  # type: ignore[misc]
    _name = "undertow_make_part"

    def __init__(self) -> None:
        AnalysisPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Lower into a library of a part."""
        state.library = PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


class PartCompiler(CompilerBase):  # type: ignore[misc]
    """Numba's compiler of functions, for those that kernels alone call."""

    def define_pipelines(self) -> list[Any]:
        """The usual passes, and one that says where the code goes."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_MakePart, AnnotateTypes)
        passes.finalize()
        return [passes]
