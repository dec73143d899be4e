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
    public const int MaxAttempts = 1_000;
    public const double MaxBackoffMultiplier = 100;
    /// <summary>Error codes of one <c>non_retryable</c>.</summary>
    public const int MaxErrorCodes = 100;
    /// <summary>Iterations of one <c>while</c>.</summary>
    public const int MaxIterations = 1_000_000;
    /// <summary>Items of an iterator that are under way at once.</summary>
    public const int MaxConcurrency = 10_000;
    /// <summary>Items of one chunk, and failed items that are tolerated.</summary>
    public const int MaxItems = 1_000_000;
    /// <summary>Iterators within one another.</summary>
    public const int MaxNestedIterators = 8;
    /// <summary>Loops of edges within one another.</summary>
    public const int MaxNestedLoops = 32;
    /// <summary>UTF-8 bytes of a patch.</summary>
    public const int MaxPatchBytes = 256 * 1024;
    public const int MaxPatchOperations = 1_000;
    /// <summary>Errors, and likewise warnings, kept of one source; one more says how many there were besides.</summary>
    public const int MaxDiagnostics = 100;
}
