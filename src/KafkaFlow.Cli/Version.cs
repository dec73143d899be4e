using System.Reflection;

namespace KafkaFlow.Cli;

/// <summary>What was built: the product's version and the commit, which the build writes behind a plus sign.</summary>
internal static class Version
{
    private static readonly string[] Parts = (typeof(Version).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+', 2);

    public static string Text => Parts[0];

    public static string Commit => Parts.Length > 1 ? Parts[1] : "unknown";
}
