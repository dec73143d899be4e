namespace KafkaFlow.Doctor.Local;

/// <summary>The runtime and the native libraries.</summary>
internal static class Libraries
{
    private const string InstallKafka = "apt-get install -y librdkafka1";
    private const string InstallRocksDb = "apt-get install -y librocksdb7.8";
    private const string InstallRuntime =
        "install the .NET 10 runtime: https://dotnet.microsoft.com/download/dotnet/10.0";
    private static readonly Version Runtime = new(10, 0);
    private static readonly Version KafkaLibrary = new(2, 0, 2);

    public static IEnumerable<Check> Checks(DoctorOptions options) =>
    [
        Check.Blocking("dotnet", InstallRuntime, () => Dotnet(options.Surroundings.Runtime)),
        Check.Blocking("librdkafka", InstallKafka, () => Kafka(options.Surroundings.KafkaLibraryVersion())),
        Check.Blocking("librocksdb", InstallRocksDb, () =>
        {
            options.Surroundings.LoadRocksDb();
            return Finding.Ok("found and loaded");
        }),
    ];

    private static Finding Dotnet(Version found) => found >= Runtime
        ? Finding.Ok($"{found}", $">= {Runtime}")
        : Finding.Fail($"{found}", $">= {Runtime}", InstallRuntime);

    private static Finding Kafka(string text)
    {
        // A release candidate says so behind a dash.
        var isNumber = Version.TryParse(text.Split('-')[0], out var found);
        return isNumber && found >= KafkaLibrary
            ? Finding.Ok(text, $">= {KafkaLibrary}")
            : Finding.Fail(text, $">= {KafkaLibrary}", InstallKafka);
    }
}
