using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace KafkaFlow.Kafka;

/// <summary>
/// The native Kafka client. Confluent.Kafka asks for <c>librdkafka</c>; the package's own copy is taken where it is
/// there (KafkaClient=nuget), else the system's library. Thread-safe.
/// </summary>
public static class KafkaNative
{
    /// <summary>The line that installs the library on Debian and Ubuntu.</summary>
    public const string InstallCommand = "apt-get install -y librdkafka1";

    private static readonly string[] SystemNames =
    [
        "librdkafka.so.1", "librdkafka.so", "/usr/local/lib/librdkafka.so.1", "librdkafka.1.dylib",
        "/opt/homebrew/lib/librdkafka.dylib", "/usr/local/lib/librdkafka.dylib",
    ];

    private static readonly Lazy<string> Loaded = new(Load);

    /// <summary>Version of the loaded library, such as 2.0.2.</summary>
    /// <exception cref="KafkaNativeMissingException">The library is not installed.</exception>
    public static string Version => Loaded.Value;

    /// <summary>Loads the library once. Every client of this project is made after this call.</summary>
    /// <exception cref="KafkaNativeMissingException">The library is not installed.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    // Whoever uses Confluent.Kafka directly, without a factory of this project, needs the names resolved as well.
#pragma warning disable CA2255
    [ModuleInitializer]
    internal static void Register() =>
        NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, (name, assembly, search) =>
            name.Contains("librdkafka", StringComparison.Ordinal) ? Find(name, assembly, search) : IntPtr.Zero);
#pragma warning restore CA2255

    internal static KafkaNativeMissingException Missing(string reason) => new(
        $"The Kafka client library librdkafka.so.1 was not found ({reason}). Install it: {InstallCommand}");

    private static string Load()
    {
        if (Find("librdkafka", typeof(Library).Assembly, null) == IntPtr.Zero)
            throw Missing($"tried {string.Join(", ", SystemNames)}");
        try
        {
            return Library.VersionString;
        }
        catch (Exception e) when (e is DllNotFoundException or InvalidOperationException or EntryPointNotFoundException)
        {
            throw Missing(e.Message);
        }
    }

    private static IntPtr Find(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (NativeLibrary.TryLoad(name, assembly, search, out var packaged)) return packaged;
        foreach (var candidate in SystemNames)
            if (NativeLibrary.TryLoad(candidate, out var handle)) return handle;
        return IntPtr.Zero;
    }
}

/// <summary>librdkafka is not installed; the message carries the command that installs it.</summary>
public sealed class KafkaNativeMissingException(string message) : Exception(message);
