namespace KafkaFlow.Playbooks;

/// <summary>Limits of a playbook's source. What exceeds one is an error, not a slow compile.</summary>
public static class PlaybookLimits
{
    /// <summary>UTF-8 bytes of a source.</summary>
    public const int MaxSourceBytes = 512 * 1024;
    /// <summary>Nesting of maps and lists.</summary>
    public const int MaxDepth = 64;
    /// <summary>Maps, lists and scalars, keys included.</summary>
    public const int MaxNodes = 100_000;
    public const int MaxSteps = 5_000;
    public const int MaxEdges = 20_000;
    /// <summary>Targets of one <c>then</c> or <c>else</c>, and items of one <c>next</c>.</summary>
    public const int MaxTargets = 1_000;
    /// <summary>Entries of one map of <c>args</c>.</summary>
    public const int MaxArgs = 1_000;
    /// <summary>Characters of <c>metadata.path</c>.</summary>
    public const int MaxPathLength = 200;
    /// <summary>The longest duration of a timeout or deadline: ten years.</summary>
    public const long MaxDurationMs = 10L * 366 * 24 * 3600 * 1000;
    /// <summary>Errors, and likewise warnings, kept of one source; one more says how many there were besides.</summary>
    public const int MaxDiagnostics = 100;
}
