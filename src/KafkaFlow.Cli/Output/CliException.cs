namespace KafkaFlow.Cli.Output;

/// <summary>Exit codes of the command line.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int NotFound = 3;
    public const int Conflict = 4;
    public const int Validation = 5;
    public const int Unavailable = 7;
    public const int RunUnsuccessful = 8;
}

/// <summary>An outcome a user must see: what, where, what was expected and found, and what to do.</summary>
internal sealed class CliException(int exitCode, string code, string message) : Exception(message)
{
    public int ExitCode => exitCode;
    public string Code => code;
    public string? Where { get; init; }
    public string? Expected { get; init; }
    public string? Found { get; init; }
    public string? Hint { get; init; }

    public static CliException NotFound(string what, string? hint = null) =>
        new(ExitCodes.NotFound, "not_found", what) { Hint = hint };

    public static CliException Unavailable(string message, string? hint = null) =>
        new(ExitCodes.Unavailable, "unavailable", message) { Hint = hint };
}
