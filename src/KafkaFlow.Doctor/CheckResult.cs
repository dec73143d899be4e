namespace KafkaFlow.Doctor;

public enum CheckStatus
{
    Ok,

    /// <summary>It works, with a risk or without a part.</summary>
    Warn,

    /// <summary>It does not work.</summary>
    Fail,

    /// <summary>There is nothing to look at, or no way to; <c>found</c> says why.</summary>
    Skipped,
}

/// <summary>What one check found.</summary>
/// <param name="Expected">null where nothing was expected.</param>
/// <param name="Fix">A command or sentence that mends it; null if nothing is to be mended.</param>
public sealed record CheckResult(string Name, CheckStatus Status, string Found, string? Expected, string? Fix);

/// <summary>A result that has no name yet.</summary>
internal sealed record Finding(CheckStatus Status, string Found, string? Expected = null, string? Fix = null)
{
    public static Finding Ok(string found, string? expected = null) => new(CheckStatus.Ok, found, expected);

    public static Finding Warn(string found, string? expected, string fix) =>
        new(CheckStatus.Warn, found, expected, fix);

    public static Finding Fail(string found, string? expected, string fix) =>
        new(CheckStatus.Fail, found, expected, fix);

    public static Finding Skipped(string why) => new(CheckStatus.Skipped, why);

    public CheckResult Named(string name) => new(name, Status, Found, Expected, Fix);
}

/// <summary>One thing to look at. It answers within the limit or has failed.</summary>
/// <param name="Fix">For a check that did not end in time, or failed in a way nobody foresaw.</param>
internal sealed record Check(string Name, string Fix, Func<CancellationToken, Task<Finding>> LookAsync)
{
    /// <summary>A check that does not wait for anything but its own thread.</summary>
    public static Check Blocking(string name, string fix, Func<Finding> look) =>
        new(name, fix, cancel => Task.Run(look, cancel));
}
