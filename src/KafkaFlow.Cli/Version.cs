using System.Reflection;

namespace KafkaFlow.Cli;

internal static class Version
{
    /// <summary>The product's version, without the build's hash.</summary>
    public static string Text { get; } = (typeof(Version).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
