namespace KafkaFlow.Playbooks;

/// <summary>
/// Codes of playbook diagnostics; stable. Templates and conditions add the codes of the expression language.
/// </summary>
public static class DiagnosticCodes
{
    public const string YamlSyntax = "yaml_syntax";
    public const string TooLarge = "too_large";
    public const string TagNotAllowed = "tag_not_allowed";
    public const string AliasNotAllowed = "alias_not_allowed";
    public const string DuplicateKey = "duplicate_key";
    public const string UnknownKey = "unknown_key";
    public const string MissingKey = "missing_key";
    public const string WrongType = "wrong_type";
    public const string BadValue = "bad_value";
    public const string BadName = "bad_name";
    /// <summary>A part of the dialect that this version does not run yet.</summary>
    public const string NotAvailable = "not_available";
    public const string DuplicateStep = "duplicate_step";
    public const string UnknownStep = "unknown_step";
    public const string DuplicateAction = "duplicate_action";
    public const string UnknownAction = "unknown_action";
    public const string ConflictingKeys = "conflicting_keys";
    public const string SeveralElse = "several_else";
    /// <summary>Also a code of the expression language.</summary>
    public const string UnknownName = "unknown_name";
    public const string MissingMain = "missing_main";
    /// <summary>A cycle that can be entered at more than one step.</summary>
    public const string IrreducibleCycle = "irreducible_cycle";
    /// <summary>An edge leaves a loop and may be taken in an iteration that goes back.</summary>
    public const string ExitNotExclusive = "exit_not_exclusive";
    /// <summary>A patch that is no list of RFC 6902 operations.</summary>
    public const string BadPatch = "bad_patch";
    /// <summary>An operation of a patch that cannot be applied.</summary>
    public const string PatchFailed = "patch_failed";

    public const string EndlessLoop = "endless_loop";
    public const string UnreachableStep = "unreachable_step";
    public const string NotAnAncestor = "not_an_ancestor";
    public const string ShadowedName = "shadowed_name";
    public const string UnboundParameter = "unbound_parameter";
    public const string AmbiguousScalar = "ambiguous_scalar";
    public const string MoreProblems = "more_problems";
}
