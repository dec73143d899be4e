using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KafkaFlow.Serdes.Registry;

/// <summary>The HTTP connection to a registry; with a CA file, only certificates of that CA are trusted.</summary>
internal static class RegistryTransport
{
    public static SocketsHttpHandler Handler(RegistrySettings settings)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = settings.RequestTimeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (settings.CaFile is { } file) handler.SslOptions = new() { CertificateChainPolicy = Trust(file) };
        return handler;
    }

    private static X509ChainPolicy Trust(string file)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"KAFKAFLOW_REGISTRY_CA: {file} holds no PEM certificate: {e.Message}", e);
        }
        if (policy.CustomTrustStore.Count == 0)
            throw new ArgumentException($"KAFKAFLOW_REGISTRY_CA: {file} holds no PEM certificate");
        return policy;
    }
}
