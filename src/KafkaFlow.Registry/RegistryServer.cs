using System.Net;
using KafkaFlow.Registry.Http;
using KafkaFlow.Registry.Storage;
using KafkaFlow.Registry.Subjects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KafkaFlow.Registry;

/// <summary>
/// A schema registry inside this process: the part of Confluent Schema Registry's REST API that clients use, for Avro
/// schemas. Its state is a compacted topic in the form that Confluent's own registry writes, and nothing else.
/// For development: one registry per topic.
/// </summary>
public sealed class RegistryServer : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);
    private readonly WebApplication _web;
    private readonly RegistryStore _store;
    private readonly RequestHandler _handler;
    private int _disposed;

    private RegistryServer(WebApplication web, RegistryStore store, RequestHandler handler, Uri address)
    {
        _web = web;
        _store = store;
        _handler = handler;
        Address = address;
    }

    /// <summary>Base address of the API.</summary>
    public Uri Address { get; }

    /// <summary>Creates the topic if it is absent, reads it to its end and listens.</summary>
    /// <exception cref="RegistryException">Settings or the topic cannot be used, or the port is in use.</exception>
    /// <exception cref="Kafka.KafkaUnavailableException">Kafka does not answer.</exception>
    public static async Task<RegistryServer> StartAsync(
        RegistryOptions options, ILoggerFactory? logging = null, CancellationToken cancel = default)
    {
        options.Validate();
        var factory = logging ?? NullLoggerFactory.Instance;
        var logger = factory.CreateLogger("KafkaFlow.Registry");
        var state = new RegistryState();
        var opening = Task.Run(() => SchemasLog.Open(options, state.Apply, logger), cancel);
        // Built while Kafka is being asked.
        var web = Build(options, factory);
        RegistryStore? store = null;
        RequestHandler? handler = null;
        try
        {
            store = new RegistryStore(await opening);
            handler = new RequestHandler(options, new Router(state, store), logger);
            web.Run(handler.HandleAsync);
            await web.StartAsync(cancel);
            var address = AddressOf(web, options);
            Log.Started(logger, address, options.Topic, state.Subjects("", deleted: false).Count);
            if (!address.IsLoopback) Log.NotLoopback(logger, address);
            return new(web, store, handler, address);
        }
        catch (Exception e)
        {
            await web.DisposeAsync();
            if (store is not null) await store.DisposeAsync();
            handler?.Dispose();
            if (e is not IOException) throw;
            throw new RegistryException(
                $"schema registry cannot listen on {options.Host}:{options.Port}: {e.Message}", e);
        }
    }

    /// <summary>Answers what is under way, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        using var limit = new CancellationTokenSource(StopTimeout);
        await _web.StopAsync(limit.Token);
        await _web.DisposeAsync();
        await _store.DisposeAsync();
        _handler.Dispose();
    }

    /// <summary>No files, environment or console: nothing but what the options say.</summary>
    private static WebApplication Build(RegistryOptions options, ILoggerFactory logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.Services.AddSingleton(logging);
        builder.WebHost.UseKestrelCore();
        if (options.Certificate is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = options.RequestTimeout;
            kestrel.Listen(
                options.Host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(options.Host), options.Port,
                listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    if (options.Certificate is { } certificate) listen.UseHttps(certificate);
                });
        });
        return builder.Build();
    }

    private static Uri AddressOf(WebApplication web, RegistryOptions options)
    {
        var features = web.Services.GetRequiredService<IServer>().Features;
        var bound = new Uri(features.Get<IServerAddressesFeature>()!.Addresses.Single());
        var host = options.Host.Contains(':', StringComparison.Ordinal) ? $"[{options.Host}]" : options.Host;
        return new Uri($"{bound.Scheme}://{host}:{bound.Port}");
    }

    /// <summary>Whoever owns the process owns its signals too; the web host must not take Ctrl-C.</summary>
    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
